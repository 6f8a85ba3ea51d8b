/** How live events travel: over a WebSocket, or as server-sent events. What is sent and when is live.ts's. */
import type { ServerResponse } from 'node:http'
import type { WebSocket } from '@fastify/websocket'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Outlet } from './live.js'

/** RFC 6455 7.4.1, and 1013 of the IANA registry: try again later. */
const CLOSE_CODES = { stopping: 1001, 'too-slow': 1013 } as const
const CLOSE_REASONS = { stopping: 'The server is stopping.', 'too-slow': 'The client does not keep up.' } as const
/** How soon an EventSource comes back. */
const RETRY_MS = 1000

/** Events over a WebSocket, a frame each. */
export function socketOutlet(socket: WebSocket, request: FastifyRequest): Outlet {
  const connection = request.raw.socket as FastifyRequest['raw']['socket'] | undefined
  let answered = true
  socket.on('pong', () => {
    answered = true
  })
  return {
    send(event, _seq, taken) {
      socket.send(event, taken)
    },
    get bufferedBytes() {
      return socket.bufferedAmount
    },
    beat() {
      if (!answered) return socket.terminate()
      answered = false
      socket.ping()
    },
    end(why) {
      socket.close(CLOSE_CODES[why], CLOSE_REASONS[why])
    },
    together(write) {
      connection?.cork()
      try {
        write()
      } finally {
        connection?.uncork()
      }
    },
  }
}

/** Begins a stream of server-sent events. */
export function openStream(reply: FastifyReply): Outlet {
  const response: ServerResponse = reply.raw
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Some proxies hold an answer back until it is whole.
    'x-accel-buffering': 'no',
  })
  response.write(`retry: ${RETRY_MS}\n\n`)
  return {
    send(event, seq, taken) {
      response.write(`id: ${seq}\ndata: ${event}\n\n`, () => taken())
    },
    get bufferedBytes() {
      return response.writableLength
    },
    beat() {
      response.write(': still here\n\n')
    },
    end(why) {
      if (why === 'too-slow') response.destroy()
      else response.end()
    },
    together(write) {
      response.cork()
      try {
        write()
      } finally {
        response.uncork()
      }
    },
  }
}
