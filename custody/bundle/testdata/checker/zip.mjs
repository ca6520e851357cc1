// The container (11): take each member out, write its headers again, compare. And
// the outside of a zstd frame, which is not unpacked here.
import zlib from 'node:zlib'
import { hex, need } from './bytes.mjs'

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
  return n
})

// crc32 is zlib's where this Node has it (from 20.15 on), else the same by table.
const crc32 = zlib.crc32 ?? (data => {
  let c = 0xffffffff
  for (const byte of data) c = crcTable[(c ^ byte) & 255] ^ (c >>> 8)
  return ~c >>> 0
})

const le = (...pairs) => Buffer.concat(pairs.map(([v, n]) => {
  const b = Buffer.alloc(n)
  b.writeUIntLE(v, 0, n) // n <= 6 bytes
  return b
}))

const goodName = name => /^[a-z0-9][a-z0-9._/-]{0,199}$/.test(name) && !name.includes('..') && name.split('/').every(p => p && p !== '.')

// unzip returns the members of a canonical zip by name.
export function unzip(file) {
  const members = new Map(), central = []
  let at = 0, last = ''
  while (at + 30 < file.length && file.readUInt32BE(at) === 0x504b0304) {
    const from = at + 30 + file.readUInt16LE(at + 26), name = file.toString('latin1', at + 30, from), data = file.subarray(from, from + file.readUInt32LE(at + 18))
    const both = le([20, 2], [0, 6], [0x21, 2], [crc32(data), 4], [data.length, 4], [data.length, 4], [name.length, 4])
    need(goodName(name) && name > last && file.subarray(at, from).equals(Buffer.concat([hex('504b0304'), both, Buffer.from(name)])), 'zip', `header or name of ${name}`)
    central.push(hex('504b01021400'), both, le([0, 6], [0, 4], [at, 4]), Buffer.from(name))
    members.set(last = name, data), at = from + data.length
    need(members.size <= 8192, 'zip', 'too many members')
  }
  const n = [members.size, 2], directory = Buffer.concat(central), end = [hex('504b0506'), le([0, 4], n, n, [directory.length, 4], [at, 4], [0, 2])]
  need(members.size > 0 && file.subarray(at).equals(Buffer.concat([directory, ...end])), 'zip', 'its directory is not the one that its members make')
  return members
}

// oneFrame tells whether bytes have the outside of exactly one zstd frame that
// announces content bytes and ends in a checksum (RFC 8878, 3.1.1).
export function oneFrame(bytes, content) {
  if (bytes.length < 9 || bytes.readUInt32LE(0) !== 0xfd2fb528 || content > bytes.length * 256) return false
  const d = bytes[4], single = d >> 5 & 1, sizeFlag = d >> 6, dictionary = d & 3, checksum = d >> 2 & 1
  if (dictionary || !checksum || d & 8 || !sizeFlag && !single) return false
  const length = [1, 2, 4, 8][sizeFlag], at = 5 + (single ? 0 : 1)
  if (at + length > bytes.length) return false
  const size = length === 8 ? bytes.readBigUInt64LE(at) : BigInt(bytes.readUIntLE(at, length)) + (length === 2 ? 256n : 0n)
  if (size !== BigInt(content)) return false
  for (let block = at + length; block + 3 <= bytes.length;) {
    const word = bytes.readUIntLE(block, 3)
    block += 3 + ((word >> 1 & 3) === 1 ? 1 : word >> 3)
    if (word & 1) return block + 4 === bytes.length
  }
  return false
}
