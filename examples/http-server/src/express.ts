import type { AddressInfo } from 'node:net'
import express, { type ErrorRequestHandler } from 'express'
import { readOptions } from './options.ts'
import { toProblem } from './problem.ts'
import { Reports } from './reports.ts'
import { closeOnSignal } from './shutdown.ts'

const options = readOptions()
const reports = new Reports(options)
await reports.open(options)

const app = express()
app.use(express.json())

app.post('/reports', async (request, response) => {
  const run = await reports.request(request.body, request.get('idempotency-key'))
  response.status(202).location(`/runs/${run.id}`).json(run)
})
app.get('/runs', async (request, response) => {
  response.json(await reports.list(request.query))
})
app.get('/runs/:id', async (request, response) => {
  response.json(await reports.get(request.params.id))
})
app.post('/runs/:id/retry', async (request, response) => {
  response.json(await reports.retry(request.params.id))
})
app.post('/runs/:id/cancel', async (request, response) => {
  response.json(await reports.cancel(request.params.id))
})

// Express tells an error handler from other middleware by its four parameters.
const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  const { status, body } = toProblem(error)
  response.status(status).json(body)
}
app.use(onError)

const server = app.listen(options.port, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

closeOnSignal(async () => {
  await new Promise((resolve) => server.close(resolve))
  await reports.close()
})
