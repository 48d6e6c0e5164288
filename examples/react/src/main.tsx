import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createApp } from './app.ts'
import { Page } from './page.tsx'
import { AppContext } from './use-app.ts'

const app = createApp('react-example.db')
const root = document.querySelector('#root')
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <AppContext value={app}>
        <Page />
      </AppContext>
    </StrictMode>,
  )
}
