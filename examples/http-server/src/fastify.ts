import fastify from 'fastify'
import { readOptions } from './options.ts'
import { toProblem } from './problem.ts'
import { Reports } from './reports.ts'
import { closeOnSignal } from './shutdown.ts'

const options = readOptions()
const reports = new Reports(options)
await reports.open(options)

const app = fastify()
app.setErrorHandler((error, _request, reply) => {
  const { status, body } = toProblem(error)
  return reply.code(status).send(body)
})
app.addHook('onClose', () => reports.close())

app.post('/reports', async (request, reply) => {
  const key = request.headers['idempotency-key']
  const run = await reports.request(request.body, typeof key === 'string' ? key : undefined)
  return reply.code(202).header('location', `/runs/${run.id}`).send(run)
})
app.get<{ Querystring: { status?: string; cursor?: string } }>('/runs', (request) =>
  reports.list(request.query),
)
app.get<{ Params: { id: string } }>('/runs/:id', (request) => reports.get(request.params.id))
app.post<{ Params: { id: string } }>('/runs/:id/retry', (request) => reports.retry(request.params.id))
app.post<{ Params: { id: string } }>('/runs/:id/cancel', (request) => reports.cancel(request.params.id))

const address = await app.listen({ port: options.port, host: '127.0.0.1' })
console.log(`listening on ${address}`)

closeOnSignal(() => app.close())
