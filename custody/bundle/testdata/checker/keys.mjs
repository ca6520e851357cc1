// Keys: who is enrolled, from which index to which, and who may act for whom (8),
// and whom the checker trusts (10).
import { b64, need, shaHex } from './bytes.mjs'
import { S } from './canonical.mjs'

export const trustShape = {
  coSigners: ['text'], format: 'https://custos.example/trust/v1', keys: [{ ...S('holder:text id:hex public:key'), roles: ['text'] }],
  keysChain: 'hex', log: ['text'], origin: 'text', timestampRoots: ['b64'],
}

const guarded = roles => roles.some(r => ['recorder', 'log', 'root'].includes(r))

// acts: the newest change of the role below the entry decides, or else the enrolment of the key.
const acts = (c, k, role, e) => c ? c.from <= e.p.time && e.p.time < c.until : k.roles.includes(role)
const change = (ring, k, role, e) => ring.changes.findLast(c => c.person === k.holder && c.role === role && c.at < e.index)

// keyring returns every key that a keys chain enrols, with the indices between
// which it is in force, and holds each entry about a key against those before it.
export function keyring(keys) {
  const ring = new Map(), [opened, first] = keys
  const own = first?.kind === 'key-enrolled' && [opened, first].every(e => e.sigs.length === 1 && e.sigs[0].id === first.d.key)
  need(own && first.d.roles.includes('recorder'), 'first', 'keys 2 does not enrol its own recorder')
  ring.set(first.d.key, { ...first.d, from: opened.index, until: Infinity }).changes = []
  const rooted = (e, roles) => {
    const root = [...ring.values()].some(k => k.roles.includes('root'))
    need(!root || !guarded(roles) || ring.get(e.p.actor.key)?.roles.includes('root'), 'role', `${e.where}: only a root key may do this, since one is enrolled`)
  }
  for (const e of keys) {
    const { key } = e.d, known = ring.get(key)
    if (e.kind === 'key-enrolled' && e !== first) {
      need(!known, 'role', `${e.where} enrols a key twice`)
      rooted(e, e.d.roles)
      ring.set(key, { ...e.d, from: e.index, until: Infinity })
    } else if (e.kind === 'key-revoked') {
      need(known?.until === Infinity, 'role', `${e.where} revokes a key that is not in force`)
      rooted(e, known.roles)
      known.until = e.index + 1
    } else if (e.kind === 'role-changed') {
      need(!guarded([e.d.role]) && [...ring.values()].some(k => k.holder === e.d.person), 'role', `${e.where} changes a role of nobody's`)
      ring.changes.push({ ...e.d, at: e.index })
    } else if (e.kind === 'log-closed') {
      for (const k of ring.values()) k.until = Math.min(k.until, e.index + 1)
    }
  }
  return ring
}

// verifySignatures holds every signature of every shown entry against the keys
// chain and the trust file.
export function verifySignatures(keys, others, trust) {
  const ring = keyring(keys)
  for (const e of [...keys, ...others]) for (const [i, s] of e.sigs.entries()) {
    const k = ring.get(s.id), t = trust.keys.find(k => k.id === s.id), { actor } = e.p
    need(k, 'unknown-key', `${e.where}: key ${s.id} is not enrolled`)
    need(s.by(b64(k.public)), 'signature', `${e.where}: signature ${i} does not match`)
    need(t, 'unknown-key', `${e.where}: key ${s.id} is not one you trust`)
    need(t.holder === k.holder, 'unknown-key', `${e.where}: key ${s.id} is that of ${k.holder} here, and that of ${t.holder} in your list`)
    need(e.index >= k.from && e.index < k.until, 'revoked', `${e.where}: the key of ${k.holder} was not in force at leaf ${e.index}`)
    need(i || [k, t].every(k => k.roles.includes('recorder')), 'role', `${e.where}: ${k.holder} is no recording service`)
    need(s.id !== actor.key || k.holder === actor.id && acts(change(ring, k, actor.role, e), k, actor.role, e), 'role', `${e.where}: not the key of ${actor.id} as ${actor.role}`)
  }
  return ring
}

// verifyTrust holds what the shape of a trust file cannot say.
export function verifyTrust(t, noteKey) {
  const ok = (holds, words) => need(holds, 'trust-file', words), log = t.log.map(noteKey), co = t.coSigners.map(noteKey)
  ok(log.length > 0 && log.every(k => k?.type === 1 && k.name === t.origin), 'a key that is not one of the log')
  ok(co.every(k => k?.type === 4) && new Set(co.map(k => k.raw.toString('hex'))).size === co.length, 'a key that is no co-signer\'s, or stands twice')
  ok(t.keys.every((k, i) => k.id === shaHex(b64(k.public)) && k.id > (t.keys[i - 1]?.id ?? '')), 'a key id that is not that of its key, or not in rising order')
  return t
}
