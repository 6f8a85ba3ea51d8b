/**
 * Peer: a socket loop in Node that answers and keeps nothing, the ceiling of what this runtime does over these sockets.
 * It looks for the ends of lines and of data, as every server must, and for nothing else. Prints its port.
 */
import { createServer } from 'node:net'

const END_OF_DATA = Buffer.from('\r\n.\r\n')
const GREETING = Buffer.from('220 bare\r\n')
const OK = Buffer.from('250 OK\r\n')
const GO_ON = Buffer.from('354 Go on\r\n')
const BYE = Buffer.from('221 Bye\r\n')
const LF = 0x0a
const LETTER_D = 0x44
const LETTER_Q = 0x51

const server = createServer({ noDelay: true }, socket => {
  let inData = false
  /** The end of the last chunk, in which an end of data may have begun. */
  let tail: Buffer = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.write(GREETING)
  socket.on('data', chunk => {
    if (!inData) {
      for (let start = 0, end = chunk.indexOf(LF); end >= 0; start = end + 1, end = chunk.indexOf(LF, start)) {
        const letter = chunk[start]
        if (letter === LETTER_D) {
          inData = true
          tail = Buffer.alloc(0)
          socket.write(GO_ON)
        } else if (letter === LETTER_Q) socket.end(BYE)
        else socket.write(OK)
      }
      return
    }
    const seam = tail.length > 0 ? Buffer.concat([tail, chunk.subarray(0, END_OF_DATA.length)]) : tail
    if (chunk.indexOf(END_OF_DATA) >= 0 || seam.indexOf(END_OF_DATA) >= 0) {
      inData = false
      socket.write(OK)
    } else tail = Buffer.concat([tail, chunk.subarray(-END_OF_DATA.length)]).subarray(1 - END_OF_DATA.length)
  })
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(address.port)
})
