// How many co-signers, and which: a C2SP tlog-policy, read strictly (10).
import { need } from './bytes.mjs'
import { coSignatures, noteKey, verifyLog } from './log.mjs'

// readPolicy returns the logs, co-signers, groups and the quorum of a policy file.
export function readPolicy(bytes) {
  const ok = (holds, words) => need(holds, 'policy-file', words)
  ok(bytes.every(c => c >= 0x20 && c !== 0x7f || c === 9 || c === 10) && bytes.length <= 256 << 10, 'a control character, or too long')
  ok(bytes.length === 0 || bytes.at(-1) === 10, 'the last line is not ended')
  const lines = bytes.toString('latin1').split('\n'), p = { logs: [], coSigners: [], groups: [], quorum: '' }, used = new Set()
  ok(lines.length <= 1025, 'too many lines')
  const defined = n => [...p.coSigners, ...p.groups].some(x => x.name === n), fresh = n => n !== 'none' && !defined(n)
  const key = (text, type, list) => {
    const k = noteKey(Buffer.from(text, 'latin1').toString())
    ok(k?.type === type && !list.some(x => x.key.raw.equals(k.raw)), 'a key of another type, malformed, or a second time')
    return k
  }
  for (const line of lines) {
    const [word, ...rest] = line.split(/[ \t]+/).filter(f => f)
    if (!word || word.startsWith('#')) continue
    if (word === 'log' && [1, 2].includes(rest.length)) p.logs.push({ key: key(rest[0], 1, p.logs) })
    else if (word === 'witness' && [2, 3].includes(rest.length)) {
      ok(fresh(rest[0]), `${rest[0]} a second time`)
      p.coSigners.push({ name: rest[0], key: key(rest[1], 4, p.coSigners) })
    } else if (word === 'group' && rest.length >= 3) {
      const [name, threshold, ...members] = rest
      const n = { all: members.length, any: 1 }[threshold] ?? (/^[1-9]\d{0,8}$/.test(threshold) ? Number(threshold) : 0)
      ok(n >= 1 && n <= members.length && fresh(name), `group ${name}`)
      for (const m of members) {
        ok(defined(m) && !used.has(m), `member ${m}`)
        used.add(m)
      }
      p.groups.push({ name, n, members })
      ok(n < 2 || apart(p, members), `group ${name}: one organisation would count twice`)
    } else if (word === 'quorum' && rest.length === 1) {
      ok(!p.quorum && (rest[0] === 'none' || defined(rest[0])), 'a second quorum, or a name not defined before')
      p.quorum = rest[0]
    } else ok(false, `${word} is not a line of a policy`)
  }
  ok(p.quorum, 'no quorum line')
  return p
}

// apart tells whether no organisation, which is a key's name up to the first "/",
// stands under two of the members.
function apart(p, members) {
  const behind = name => {
    const c = p.coSigners.find(c => c.name === name)
    return c ? [c.key.name.split('/')[0]] : [...new Set(p.groups.find(g => g.name === name).members.flatMap(behind))]
  }
  const all = members.flatMap(behind)
  return new Set(all).size === all.length
}

// verifyQuorum returns the co-signatures that match; the quorum has to be among them.
// own tells whether a key is one of the log's own people, which confirms nothing;
// young tells whether a time in seconds counts.
export function verifyQuorum(checkpoint, p, logKeys, own = () => false, young = () => true) {
  verifyLog(checkpoint, p.logs.length ? p.logs.map(l => l.key) : logKeys)
  need(!p.coSigners.some(c => own(c.key.raw)), 'quorum', 'a co-signer of the policy is one of the log\'s own people')
  const signed = coSignatures(checkpoint, p.coSigners.map(c => c.key)).filter(s => young(s.at)), met = new Map([['none', true]])
  for (const c of p.coSigners) met.set(c.name, signed.some(s => s.key === c.key))
  for (const g of p.groups) met.set(g.name, g.members.filter(m => met.get(m)).length >= g.n)
  need(met.get(p.quorum), 'quorum', `${signed.length} co-signatures do not make the quorum ${p.quorum}`)
  return signed
}
