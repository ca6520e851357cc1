// The log: verifier keys, checkpoints, co-signatures, receipts (9) and proofs (RFC 6962).
import { b64, hex, need, rawKey, sha, signedByRaw, wellFormed } from './bytes.mjs'
import { is } from './canonical.mjs'

// Characters that a name of a key cannot have: white space, control characters, +.
const space = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const name = `[^\\x00-\\x1f+${space}]+`
const keyForm = new RegExp(`^(${name})\\+([0-9a-f]{8})\\+([A-Za-z0-9+/]{44})$`)
const noteForm = new RegExp(`^((${name})\\n(0|[1-9]\\d*)\\n([A-Za-z0-9+/]{43}=)\\n)\\n((?:— ${name} [A-Za-z0-9+/]+=*\\n){1,16})$`)
const most = 1n << 64n

// noteKey reads a vkey, or returns undefined.
export function noteKey(vkey) {
  const [, name, hash, text] = vkey.match(keyForm) ?? [], key = b64(text ?? '')
  const ok = name && wellFormed(vkey) && is.b64(text) && [1, 4].includes(key[0]) && rawKey(key.subarray(1)) && hash === sha(name, '\n', key).toString('hex', 0, 4)
  return ok ? { name, hash, type: key[0], raw: key.subarray(1) } : undefined
}

// readCheckpoint reads a signed note in its only form.
export function readCheckpoint(bytes, code = 'checkpoint') {
  const m = bytes.toString().match(noteForm), lines = m?.[5].split('\n').slice(0, -1).map(l => l.split(' '))
  need(m && bytes.length <= 64 << 10 && Buffer.from(m[0]).equals(bytes) && BigInt(m[3]) < most, code, 'not a checkpoint in its only form')
  const signatures = lines.map(([, name, sig]) => ({ name, hash: b64(sig).toString('hex', 0, 4), sig: b64(sig).subarray(4) }))
  const plain = [m[4], ...lines.map(l => l[2])].every(is.b64) && signatures.every(s => s.sig.length > 0)
  need(plain && new Set(signatures.map(s => s.name + '+' + s.hash)).size === lines.length, code, 'not base64 in its only form, or two signatures by one key')
  return { text: m[1], origin: m[2], size: Number(m[3]), root: b64(m[4]).toString('hex'), signatures }
}

const find = (c, k) => c.signatures.find(s => s.name === k.name && s.hash === k.hash)

// verifyLog wants the signature of one of the log's keys, and none of them false.
export function verifyLog(c, keys) {
  const own = keys.filter(k => k.type === 1 && k.name === c.origin && find(c, k))
  need(own.length > 0, 'checkpoint', 'no key of the log that you trust signed it')
  for (const k of own) need(signedByRaw(k.raw, c.text, find(c, k).sig), 'signature', 'checkpoint: the log\'s signature does not match')
}

// lastingLogKey wants one of the log's signatures to be by a key that the keys chain
// had not ended before the newest entry under the checkpoint.
export function lastingLogKey(c, keys, ring) {
  const ended = k => [...ring.values()].some(h => b64(h.public).subarray(12).equals(k.raw) && c.size > h.until)
  const own = keys.filter(k => k.type === 1 && k.name === c.origin && find(c, k))
  need(own.some(k => !ended(k)), 'revoked', 'checkpoint: the log had replaced the key that signed it')
}

// coSignatures returns those of the keys that co-signed, with their times in
// seconds; a false co-signature is a fault.
export function coSignatures(c, keys) {
  const signed = []
  for (const k of keys) {
    const s = k.type === 4 && find(c, k)
    if (!s) continue
    need(s.sig.length === 72 && s.sig[0] < 0x80, 'signature', `checkpoint: the co-signature of ${k.name} is malformed`)
    const at = s.sig.readBigUInt64BE()
    need(signedByRaw(k.raw, `cosignature/v1\ntime ${at}\n${c.text}`, s.sig.subarray(8)), 'signature', `checkpoint: the co-signature of ${k.name} does not match`)
    signed.push({ key: k, at: Number(at) })
  }
  return signed
}

const receiptForm = /^c2sp\.org\/tlog-proof@v1\nindex (0|[1-9]\d*)\n((?:[A-Za-z0-9+/]{43}=\n){0,63})\n/

// readReceipt reads a tlog-proof in its only form.
export function readReceipt(bytes) {
  const text = bytes.toString('latin1'), m = text.match(receiptForm)
  need(m && BigInt(m[1]) < most, 'receipt', 'not a tlog-proof')
  const path = m[2].split('\n').slice(0, -1)
  need(path.every(is.b64), 'receipt', 'a hash of the tlog-proof is malformed')
  return { index: Number(m[1]), path: path.map(h => b64(h).toString('hex')), checkpoint: readCheckpoint(bytes.subarray(m[0].length), 'receipt') }
}

const node = (left, right) => sha(hex('01'), left, right)

// rootOf returns the root that a leaf and its audit path give, or nothing (RFC 6962, 2.1.1).
export function rootOf(index, size, leaf, path) {
  if (size <= 1) return index === 0 && size === 1 && path.length === 0 ? leaf : hex('')
  let k = 1
  while (k * 2 < size) k *= 2
  const rest = path.slice(0, -1), last = hex(path.at(-1) ?? '')
  return index < k ? node(rootOf(index, k, leaf, rest), last) : node(last, rootOf(index - k, size - k, leaf, rest))
}

// consistent tells whether the tree of size from and root a is the beginning of
// the tree of size to and root b (RFC 6962, 2.1.2).
export function consistent(from, to, path, a, b) {
  const empty = sha('').toString('hex')
  if (from === 0) return a === empty && path.length === 0 && (to > 0 || b === empty)
  if (from > to) return false
  if (from === to) return path.length === 0 && a === b
  const hashes = path.map(hex)
  // both returns what the rest of the path gives for the older and the newer root.
  const both = (m, n, known, list) => {
    if (m === n) {
      if (known) return list.length === 0 ? [hex(a), hex(a)] : undefined
      return list.length === 1 ? [list[0], list[0]] : undefined
    }
    let k = 1
    while (k * 2 < n) k *= 2
    const last = list.at(-1), rest = list.slice(0, -1)
    if (!last) return undefined
    if (m <= k) {
      const r = both(m, k, known, rest)
      return r && [r[0], node(r[1], last)]
    }
    const r = both(m - k, n - k, false, rest)
    return r && [node(last, r[0]), node(last, r[1])]
  }
  const roots = both(from, to, true, hashes)
  return !!roots && roots[0].toString('hex') === a && roots[1].toString('hex') === b
}

// readProof reads a consistency proof as an add-checkpoint request has it: "old N",
// hashes in base64, an empty line, the newer checkpoint.
export function readProof(bytes) {
  const text = bytes.toString('latin1'), m = text.match(/^old (0|[1-9]\d*)\n((?:[A-Za-z0-9+/]{43}=\n){0,63})\n/)
  need(m, 'consistency', 'not a consistency proof')
  return { old: Number(m[1]), path: m[2].split('\n').slice(0, -1).map(h => b64(h).toString('hex')), newer: readCheckpoint(bytes.subarray(m[0].length)) }
}
