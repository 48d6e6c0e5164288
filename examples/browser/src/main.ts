import { mount } from './mount.ts'

const root = document.querySelector<HTMLElement>('#app')
if (root !== null) await mount(root, 'example.db')
