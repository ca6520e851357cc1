// Bytes, hashes and faults. Numbers such as (3) name sections of ledger/FORMAT.md.
import { createHash, createPublicKey, verify } from 'node:crypto'

// need throws a fault, a code of section 12 with words, unless ok holds.
export function need(ok, code, words) {
  if (!ok) throw Object.assign(new Error(words), { code })
}

export const zero = '0'.repeat(64)
export const hex = s => Buffer.from(s, 'hex')
export const b64 = s => Buffer.from(s, 'base64')

// wellFormed tells whether a text has no half of a surrogate pair alone.
export const wellFormed = s => !/\p{Surrogate}/u.test(s)

export function sha(...parts) {
  const h = createHash('sha256')
  for (const p of parts) h.update(p)
  return h.digest()
}

export const shaHex = (...parts) => sha(...parts).toString('hex')

// u64 is u64be(n) of (2); n is a safe integer.
export function u64(n) {
  const b = Buffer.alloc(8)
  b.writeBigUInt64BE(BigInt(n))
  return b
}

const spki = hex('302a300506032b6570032100')

// The y of the eight points of small order, big-endian, and the first y that has
// no encoding of its own (2).
const smallOrder = new Set([
  zero,
  '0'.repeat(63) + '1',
  '05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826',
  '7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7',
  '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec',
])
const fieldPrime = '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed'

// rawKey tells whether 32 bytes are an Ed25519 key that binds its holder.
export function rawKey(raw) {
  if (raw.length !== 32) return false
  const y = Buffer.from(raw)
  y[31] &= 0x7f
  const big = y.reverse().toString('hex')
  return big < fieldPrime && !smallOrder.has(big)
}

// derKey tells whether bytes are the DER of such a key (2).
export const derKey = der => der.length === 44 && der.subarray(0, 12).equals(spki) && rawKey(der.subarray(12))

const keys = new Map() // key objects by DER, since making one costs more than using it

// signedBy tells whether sig is the Ed25519 signature of message by a DER key.
export function signedBy(der, message, sig) {
  if (!derKey(der) || sig.length !== 64) return false
  const id = der.toString('latin1')
  if (!keys.has(id)) {
    if (keys.size > 1000) keys.clear()
    keys.set(id, createPublicKey({ key: der, format: 'der', type: 'spki' }))
  }
  return verify(null, message, keys.get(id), sig)
}

// signedByRaw is signedBy of a key of 32 bytes.
export const signedByRaw = (raw, message, sig) => signedBy(Buffer.concat([spki, raw]), message, sig)
