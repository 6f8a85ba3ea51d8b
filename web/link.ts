/**
 * One connection to the live events: a WebSocket, or server-sent events where that does not get through. Some proxies
 * pass no upgrade on, and some browsers send no password with one.
 */

/** How the events come. */
export type Way = 'socket' | 'stream'

export interface Link {
  close(): void
}

export interface LinkListener {
  event(data: string): void
  /** It has ended, or never began; nothing comes from it any more. */
  end(link: Link): void
}

/** Opens a connection to an address of http or https. */
export function openLink(way: Way, url: string, listener: LinkListener): Link {
  return way === 'socket' ? openSocket(url, listener) : openStream(url, listener)
}

function openSocket(url: string, { event, end }: LinkListener): Link {
  const socket = new WebSocket(url.replace('http', 'ws'))
  socket.onmessage = message => event(String(message.data))
  socket.onclose = () => end(socket)
  return socket
}

function openStream(url: string, { event, end }: LinkListener): Link {
  const stream = new EventSource(url)
  stream.onmessage = message => event(String(message.data))
  // It would come back by itself, and ask for what was missed since it was made.
  stream.onerror = () => {
    stream.close()
    end(stream)
  }
  return stream
}
