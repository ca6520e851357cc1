// Canonical JSON and closed shapes (2).
import { b64, derKey, need, wellFormed } from './bytes.mjs'

// canonical returns the one text of a value; it faults on values that have none.
export function canonical(v, depth = 1) {
  if (typeof v === 'string' ? wellFormed(v) : typeof v === 'boolean' || Number.isSafeInteger(v)) return JSON.stringify(v)
  need(v && typeof v === 'object' && depth <= 32, 'json', 'a value that canonical JSON does not have')
  if (Array.isArray(v)) return `[${v.map(x => canonical(x, depth + 1)).join()}]`
  return `{${Object.keys(v).sort().map(k => canonical(k) + ':' + canonical(v[k], depth + 1)).join()}}`
}

export const same = (a, b) => canonical(a) === canonical(b)

const text = v => typeof v === 'string' && v !== ''
const object = v => v !== null && typeof v === 'object' && !Array.isArray(v)

// is has one test for each word that a shape uses. A word that is not here is a
// list of allowed texts with | between them.
export const is = {
  text,
  hex: v => text(v) && /^[0-9a-f]{64}$/.test(v),
  id: v => text(v) && /^[0-9a-f]{32}$/.test(v),
  int: v => Number.isSafeInteger(v) && v >= 0,
  bool: v => typeof v === 'boolean',
  b64: v => typeof v === 'string' && b64(v).toString('base64') === v,
  time: v => text(v) && v.length === 24 && !isNaN(Date.parse(v)) && new Date(v).toISOString() === v,
  key: v => is.b64(v) && derKey(b64(v)),
  kind: v => v === 0 || v === 1 || v === 2 || v === 3,
  any: object,
  map: v => object(v) && Object.keys(v).length > 0 && Object.values(v).every(x => typeof x === 'string'),
  digest: v => object(v) && Object.keys(v).length === 1 && /^(sha256|custos-salted-v1|custos-rows-v1)$/.test(Object.keys(v)[0]) && is.hex(Object.values(v)[0]),
}

// S reads a shape from 'key:what key?:what'; a ? marks a key that may be left out.
export const S = s => Object.fromEntries(s.split(' ').map(p => p.split(':')))

// shape holds a value against a shape: a word, an object of shapes, or a list
// with the shape of its items.
export function shape(v, s, where) {
  if (typeof s === 'string') return need(is[s] ? is[s](v) : s.split('|').includes(v), 'value', `${where} is not ${s}`)
  need(v !== null && typeof v === 'object' && Array.isArray(v) === Array.isArray(s), 'json', `${where} is of another type`)
  if (Array.isArray(s)) return v.forEach((x, i) => shape(x, s[0], `${where}[${i}]`))
  for (const k of Object.keys(v)) need(Object.hasOwn(s, k) || Object.hasOwn(s, k + '?'), 'json', `${where} has a key ${k}`)
  for (const [k, inner] of Object.entries(s)) {
    const key = k.replace('?', ''), there = Object.hasOwn(v, key)
    need(there || k !== key, 'json', `${where} lacks ${key}`)
    if (there) shape(v[key], inner, `${where}.${key}`)
  }
}

// dense tells whether JSON has more commas than one for each so many bytes beyond the
// first 256 (2): a text of nothing but commas would take fifty times its size in memory.
export function dense(bytes, each) {
  let commas = 0
  for (let at = bytes.indexOf(0x2c); at >= 0; at = bytes.indexOf(0x2c, at + 1)) commas++
  return commas * each > bytes.length + each * 256
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// read parses canonical JSON of a shape: it writes the value again and compares.
export function read(bytes, s, where) {
  let v, written
  try {
    written = utf8.decode(bytes)
    v = JSON.parse(written)
  } catch { /* v stays undefined */ }
  need(v !== undefined && canonical(v) === written, 'json', `${where} is not canonical JSON`)
  shape(v, s, where)
  return v
}
