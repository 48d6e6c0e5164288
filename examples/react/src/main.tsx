import { createApp } from '@durably/example-browser/app.ts'
import '@durably/example-browser/style.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { AppProvider } from './app-provider.tsx'
import { Page } from './page.tsx'

// Outside of React: components come and go, StrictMode mounts them twice, and there is still one instance a page.
const app = createApp('react-example.db')
const root = document.querySelector('#root')
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <AppProvider app={app}>
        <Page />
      </AppProvider>
    </StrictMode>,
  )
}
