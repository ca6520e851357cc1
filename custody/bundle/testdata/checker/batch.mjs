// Many changed bundles in one process. On standard input each stands as a change of
// one reference: u32 lengths (little-endian) of a name, of the bytes kept from the
// beginning, of the bytes kept from the end, and of what stands between; then the
// name and what stands between. One line is written for each, in order.
import { readSync, writeSync } from 'node:fs'
import { check } from './bundle.mjs'

// source reads exact numbers of bytes from a descriptor.
function source(fd) {
  let buffer = Buffer.alloc(1 << 20), from = 0, to = 0
  return n => {
    if (buffer.length - from < n) {
      const larger = buffer.length < 2 * n ? Buffer.alloc(2 * n) : buffer
      buffer.copy(larger, 0, from, to)
      buffer = larger, to -= from, from = 0
    }
    while (to - from < n) {
      const read = readSome(fd, buffer, to)
      if (read === 0) return undefined
      to += read
    }
    return buffer.subarray(from, from += n)
  }
}

function readSome(fd, buffer, at) {
  for (;;) {
    try {
      return readSync(fd, buffer, at, buffer.length - at)
    } catch (e) {
      if (e.code === 'EOF') return 0
      if (e.code !== 'EAGAIN') throw e
    }
  }
}

// plain returns words that cannot steer a terminal, and not too many of them.
const plain = words => words.slice(0, 400).replace(/[^\x20-\x7e]/gu, c => `[U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}]`)

// verdict returns the one line for a check.
export function verdict(f) {
  try {
    return `OK ${f()}`
  } catch (e) {
    return `FAULT ${e.code ?? 'crash'} ${plain(e.message)}`
  }
}

// batch answers until its input ends, and returns how many it answered.
export function batch(reference, options) {
  const take = source(0)
  let n = 0
  for (let head; (head = take(16)); n++) {
    const [name, front, back, between] = [0, 4, 8, 12].map(i => head.readUInt32LE(i))
    const called = take(name).toString(), middle = Buffer.from(take(between))
    const file = Buffer.concat([reference.subarray(0, front), middle, reference.subarray(reference.length - back)])
    writeSync(1, `${called}: ${verdict(() => check(file, options))}\n`)
  }
  return n
}
