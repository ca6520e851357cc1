// check.mjs checks a custos bundle with nothing but Node.js 20 and a trust file. It was written from FORMAT.md alone (numbers such as (7) name its sections), so that no
// program of custos has to be believed. It re-runs no analysis, opens no zstd frame, and checks neither time stamps, nor co-signatures, nor for keys of small order, nor the details that it
// does not use.  node check.mjs BUNDLE --trust FILE [--known-head FILE] [--ack FILE]  prints OK and what was seen (exit 0), or FAULT, a code of section 12 and words (exit 1).
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
const need = (ok, code, words) => { if (!ok) throw Object.assign(new Error(words), { code }) }
const sha = (...parts) => parts.reduce((h, p) => h.update(p), createHash('sha256')).digest(), shaHex = (...parts) => sha(...parts).toString('hex')
const hex = s => Buffer.from(s, 'hex'), b64 = s => Buffer.from(s, 'base64'), zero = '0'.repeat(64), same = (a, b) => canonical(a) === canonical(b)
const le = (...pairs) => Buffer.concat(pairs.map(([v, n]) => { const b = Buffer.alloc(n); b.writeUIntLE(v, 0, n); return b })) // n <= 6 bytes
// (2) Canonical JSON: parse, write again, compare; then hold keys and values against a shape.
function canonical(v, depth = 1) {
  if (typeof v === 'string' ? v.isWellFormed() : typeof v === 'boolean' || Number.isSafeInteger(v)) return JSON.stringify(v)
  need(v && typeof v === 'object' && depth <= 32, 'json', 'a value that canonical JSON does not have')
  return Array.isArray(v) ? `[${v.map(x => canonical(x, depth + 1)).join()}]` : `{${Object.keys(v).sort().map(k => canonical(k) + ':' + canonical(v[k], depth + 1)).join()}}`
}
const text = v => typeof v === 'string' && v !== '', is = {
  text, hex: v => text(v) && /^[0-9a-f]{64}$/.test(v), id: v => text(v) && /^[0-9a-f]{32}$/.test(v), int: v => Number.isSafeInteger(v) && v >= 0,
  b64: v => text(v) && b64(v).toString('base64') === v, time: v => text(v) && !isNaN(Date.parse(v)) && new Date(v).toISOString() === v,
  any: v => v && typeof v === 'object', map: v => is.any(v) && Object.keys(v).length && Object.values(v).every(x => typeof x === 'string'),
  digest: v => is.any(v) && /^(sha256|custos-(salted|rows)-v1)$/.test(Object.keys(v)) && is.hex(Object.values(v)[0]),
}
function shape(v, s, where) {
  if (typeof s === 'string') return need(is[s] ? is[s](v) : s.split('|').includes(v), 'value', `${where} is not ${s}`)
  need(is.any(v) && Array.isArray(v) === Array.isArray(s), 'json', `${where} is of another type`)
  if (Array.isArray(s)) return v.forEach((x, i) => shape(x, s[0], `${where}[${i}]`))
  for (const k of Object.keys(v)) need(Object.hasOwn(s, k) || Object.hasOwn(s, k + '?'), 'json', `${where} has a key ${k}`)
  for (const [k, inner] of Object.entries(s)) {
    const key = k.replace('?', ''), there = Object.hasOwn(v, key)
    if (there) shape(v[key], inner, `${where}.${key}`)
    else need(k !== key, 'json', `${where} lacks ${key}`)
  }
}
function read(bytes, s, where) {
  let v
  try { v = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) } catch { /* v stays undefined */ }
  need(v !== undefined && canonical(v) === bytes.toString(), 'json', `${where} is not canonical JSON`)
  shape(v, s, where)
  return v
}
// Shapes of (4), (5) and (9) to (11); S reads 'key:what key?:what'.
const S = s => Object.fromEntries(s.split(' ').map(p => p.split(':'))), envelopeShape = { payload: 'b64', payloadType: 'text', signatures: [S('keyid:hex sig:b64')] }
const loose = S('commitment:hex envelope:b64 index:int n:int prev:hex salt:hex'), link = S('commitment:hex envelope?:b64 index:int inner?:hex n:int salt?:hex')
const pathsShape = { paths: [{ index: 'int', path: ['hex'] }], root: 'hex', size: 'int' }, ackShape = S('chain:hex commitment:hex index:int n:int origin:text')
const trustShape = { coSigners: ['text'], format: 'https://custos.example/trust/v1', keys: [{ ...S('holder:text id:hex public:b64'), roles: ['text'] }],
  keysChain: 'hex', log: ['text'], origin: 'text', timestampRoots: ['b64'] }
const manifestShape = { ...S('case:text module:hex origin:text'), exhibit: S('entry:id reference:text version:int'), format: 'https://custos.example/bundle/v1',
  absent: [S('digest:digest entry?:id reason:not-relevant|another-person|sensitive|privileged|erased')],
  members: [{ 'content?': S('sha256:hex size:int'), ...S('name:text payload?:digest salt?:hex sha256:hex size:int') }] }
const statementShape = { _type: 'https://in-toto.io/Statement/v1', predicateType: 'text', subject: [S('digest:digest name:text')], predicate: { authority: ['id'], detail: 'any',
  actor: S('id:text key:hex role:text'), place: { after: S('commitment:hex n:int'), chain: 'hex', entry: 'id' }, resolvedDependencies: [S('digest:digest entry?:id name:text')],
  'decision?': S('asOf:int entry:id release:hex until:time'), ...S('onBehalfOf?:text parameters?:map time:time'), 'step?': S('module:hex name:text source:hex version:int'),
  'rowBalance?': S('outside:int received:int repeats:int setAside:int shown:int'), 'operation?': 'collection|alteration|consultation|disclosure|combination|erasure' } }
const kinds = ['case-registered payload-erased log-linked erasure-ordered erasure-decided clock-stepped time-stamped hold-placed hold-lifted defect-recorded access-decided',
  'case-opened authority-recorded evidence-received source-decided import-failed dataset-normalised rows-committed dataset-selected analysis-run exhibit-produced exhibit-checked bundle-made ' +
  'exhibit-served material-disclosed material-revealed item-received item-transferred hold-placed hold-lifted defect-recorded', 'access-decided', 'log-opened key-enrolled key-revoked policy-released ceremony-held log-closed'].map(s => s.split(' '))
// (11) The container: take each member out, write its headers again, compare.
function unzip(file) {
  const members = new Map(), central = []
  let at = 0, last = ''
  while (at + 30 < file.length && file.readUInt32BE(at) === 0x504b0304) {
    const from = at + 30 + file.readUInt16LE(at + 26), name = file.toString('latin1', at + 30, from), data = file.subarray(from, from + file.readUInt32LE(at + 18))
    const both = le([20, 2], [0, 6], [0x21, 2], [crc32(data), 4], [data.length, 4], [data.length, 4], [name.length, 4]), path = name.split('/')
    const ok = /^[a-z0-9][a-z0-9._/-]{0,199}$/.test(name) && name > last && !name.includes('..') && path.every(p => p && p !== '.')
    need(ok && file.subarray(at, from).equals(Buffer.concat([hex('504b0304'), both, Buffer.from(name)])), 'zip', `header or name of ${name}`)
    central.push(hex('504b01021400'), both, le([0, 6], [0, 4], [at, 4]), Buffer.from(name))
    members.set(last = name, data), at = from + data.length
  }
  const n = [members.size, 2], directory = Buffer.concat(central), end = [hex('504b0506'), le([0, 4], n, n, [directory.length, 4], [at, 4], [0, 2])]
  need(file.subarray(at).equals(Buffer.concat([directory, ...end])), 'zip', 'its directory is not the one that its members make')
  return members
}
const spki = hex('302a300506032b6570032100'), signedBy = (der, message, sig) => der.length === 44 && der.subarray(0, 12).equals(spki) &&
  verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), sig)
function envelope(bytes, type, counts, where) { // (4)
  const e = read(bytes, envelopeShape, where), payload = b64(e.payload), ids = e.signatures.map(s => s.keyid)
  need(e.payloadType === type && counts.includes(ids.length) && ids[0] !== ids[1], 'envelope', `${where}: type or number of signatures`)
  const pae = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload])
  return { payload, sigs: e.signatures.map(s => ({ id: s.keyid, by: der => signedBy(der, pae, b64(s.sig)) })) }
}
function statement(l, chainKind, where) { // (5)
  const e = envelope(b64(l.envelope), 'application/vnd.in-toto+json', [1, 2], where), { predicateType, predicate: p, subject } = read(e.payload, statementShape, where)
  const kind = predicateType.match(/^https:\/\/custos\.example\/predicate\/([a-z-]+)\/v1$/)?.[1], b = p.rowBalance
  need(kinds[chainKind].includes(kind), 'statement', `${where}: ${predicateType} does not stand on this chain`)
  need(e.sigs.at(-1).id === p.actor.key, 'envelope', `${where}: the last signature is not the actor's`)
  const ok = subject.every(s => s.name !== 'record' || s.digest.sha256 === shaHex(canonical(p.detail))) && (!b || b.received === b.shown + b.outside + b.repeats + b.setAside)
  need(ok, 'statement', `${where}: not the digest of its detail, or its row balance does not close`)
  return { ...l, where, kind, p, d: p.detail, place: p.place, sigs: e.sigs, subject }
}
function verifyChain(doc, kind, origin) { // (7); returns the shown entries
  const name = ['organisation', 'work', 'reads', 'keys'][kind], before = new Map([[0, zero]]), ids = new Map(), out = [], whole = kind !== 0
  need(doc.kind === kind && doc.chain === shaHex('custos/chain/v1\n', sha(origin), le([kind, 1]), hex(doc.nonce)), 'chain-name', `${name}: not of this origin and nonce`)
  for (const [i, l] of doc.entries.entries()) {
    const where = `${name} ${l.n}`, last = doc.entries[i - 1], prev = before.get(l.n - 1) ?? l.prev, open = 'envelope' in l
    need(open === 'salt' in l && open !== 'inner' in l, 'json', `${where}: neither shown nor withheld`)
    need(l.n > (last?.n ?? 0) && (!whole || l.n === i + 1), 'number', `${where} stands where ${i + 1} belongs`)
    const inner = open ? sha('custos/inner/v1\n', hex(l.salt), sha(b64(l.envelope))) : hex(l.inner), place = [hex(doc.chain), le([l.n, 6], [0, 2]).swap64(), hex(prev)]
    need((l.prev ?? prev) === prev && shaHex('custos/commitment/v1\n', ...place, inner) === l.commitment, 'commitment', `${where} is not what was committed to`)
    need(!last || l.index > last.index, 'index', `${where} has leaf ${l.index}, the entry before ${last?.index}`)
    before.set(l.n - 1, prev).set(l.n, l.commitment)
    need(open || kind === 1 && l.n > 1, 'first', `${where} may not be withheld`)
    if (!open) continue
    const s = statement(l, kind, where), { after, chain, entry } = s.place, d = s.d
    need(chain === doc.chain, 'place-chain', `${where} was signed for another chain`)
    need(!ids.has(entry), 'place-entry', `${where} is entry ${ids.get(entry)} again`)
    need(after.n < l.n && (before.get(after.n) ?? after.commitment) === after.commitment, 'place-after', `${where}: its signer had seen another entry ${after.n}`)
    const opens = s.kind === 'log-opened' ? d.origin === origin && d.keysNonce === doc.nonce : s.kind === 'case-opened' && d.nonce === doc.nonce
    need(!whole || opens === (l.n === 1) && s.kind.endsWith('-opened') === opens, 'first', `${where}: ${s.kind} is not what belongs here`)
    ids.set(entry, l.n), out.push(s)
  }
  return out
}
function verifySignatures(keys, others, trust) { // (8), (10)
  const ring = new Map(), [opened, root] = keys, own = root?.kind === 'key-enrolled' && [opened, root].every(e => e.sigs.length === 1 && e.sigs[0].id === root.d.key)
  need(own && root.d.roles.includes('recorder'), 'first', 'keys 2 does not enrol its own recorder')
  for (const e of keys.filter(e => /^key-(enrolled|revoked)$/.test(e.kind))) {
    const { key } = e.d, known = ring.get(key), enrols = e.kind === 'key-enrolled'
    need(enrols ? key === shaHex(b64(e.d.public)) && !known : known?.until === Infinity, 'role', `${e.where} enrols a key twice, or revokes one that is not in force`)
    ring.set(key, enrols ? { ...e.d, from: e === root ? opened.index : e.index, until: Infinity } : { ...known, until: e.index + 1 })
  }
  for (const e of [...keys, ...others]) for (const [i, s] of e.sigs.entries()) {
    const k = ring.get(s.id), t = trust.keys.find(k => k.id === s.id), { actor } = e.p
    need(k && t && s.id === shaHex(b64(t.public)), 'unknown-key', `${e.where}: key ${s.id} is not enrolled, or not one you trust`)
    need(s.by(b64(t.public)), 'signature', `${e.where}: signature ${i} does not match`)
    need(e.index >= k.from && e.index < k.until, 'revoked', `${e.where}: the key of ${k.holder} was not in force at leaf ${e.index}`)
    need(i || [k, t].every(k => k.roles.includes('recorder')), 'role', `${e.where}: ${k.holder} is no recording service`)
    need(s.id !== actor.key || k.holder === actor.id && k.roles.includes(actor.role), 'role', `${e.where}: not the key of ${actor.id} as ${actor.role}`)
  }
}
function readReceipt(bytes, trust) { // (9)
  const form = /^c2sp\.org\/tlog-proof@v1\nindex (0|[1-9]\d*)\n((?:[A-Za-z0-9+/]{43}=\n){0,63})\n(([^\s+]+)\n(0|[1-9]\d*)\n([A-Za-z0-9+/]{43}=)\n)\n((?:— [^\s+]+ [A-Za-z0-9+/]+=*\n){1,16})$/
  const m = bytes.toString().match(form) ?? [], path = m[2]?.split('\n').slice(0, -1), lines = m[7]?.split('\n').slice(0, -1).map(l => l.split(' '))
  const ids = lines?.map(([, name, sig]) => name + b64(sig).toString('hex', 0, 4)), once = new Set(ids).size === ids?.length
  need(m[0] && Buffer.from(m[0]).equals(bytes) && [...path, m[6], ...lines.map(l => l[2])].every(is.b64) && once, 'receipt', 'not a tlog-proof with a checkpoint')
  const keys = trust.log.map(v => v.match(/^([^+]+)\+([0-9a-f]{8})\+(.{44})$/) ?? []).filter(([, name, hash]) => ids.includes(name + hash))
  need(m[4] === trust.origin && keys.length, 'checkpoint', 'no key of the log that you trust signed it')
  for (const [, name, hash, key] of keys) {
    need(b64(key)[0] === 1 && name === trust.origin && hash === sha(name, '\n', b64(key)).toString('hex', 0, 4), 'trust-file', `the key ${name}+${hash}`)
    const sig = b64(lines[ids.indexOf(name + hash)][2]).subarray(4)
    need(signedBy(Buffer.concat([spki, b64(key).subarray(1)]), m[3], sig), 'signature', 'checkpoint')
  }
  return { index: Number(m[1]), path: path.map(h => b64(h).toString('hex')), size: Number(m[5]), root: b64(m[6]).toString('hex') }
}
function rootOf(index, size, leaf, path) { // RFC 6962, 2.1 and 2.1.1
  if (size <= 1) return index === 0 && size === 1 && path.length === 0 ? leaf : hex('')
  let k = 1
  while (k * 2 < size) k *= 2
  const rest = path.slice(0, -1), last = hex(path.at(-1) ?? '')
  return index < k ? sha(hex('01'), rootOf(index, k, leaf, rest), last) : sha(hex('01'), last, rootOf(index - k, size - k, leaf, rest))
}
function check(members, trust, knownHead, ack) {
  const get = name => members.get(name) ?? need(false, 'manifest', `${name} is missing`), take = (name, s) => read(get(name), s, name)
  const manifest = take('manifest.json', manifestShape), made = take('bundle-made.json', loose), paths = take('paths.json', pathsShape), { origin, exhibit } = manifest
  const [work, keys, org] = Object.entries({ work: link, keys: link, organisation: loose }).map(([n, l]) => take(`chain/${n}.json`, { chain: 'hex', entries: [l], kind: 'int', nonce: 'hex' }))
  const { d } = statement(made, 1, 'bundle-made'), listed = [...members.keys()].filter(n => !/^((manifest|bundle-made|paths)\.json|bundle-made\.tlog-proof|timestamps\/.*)$/.test(n))
  need(d.manifest === shaHex(get('manifest.json')) && origin === trust.origin, 'manifest', 'it is not the one that bundle-made names, or of another log')
  need(same(manifest.members.map(m => m.name), listed), 'manifest', 'it does not list what is there')
  for (const m of manifest.members) need(m.size === get(m.name).length && m.sha256 === shaHex(get(m.name)) && !!m.content === m.name.endsWith('.zst'), 'member', m.name)
  const whole = { ...work, entries: [...work.entries, made] }, heads = [work, keys].map(c => ({ commitment: c.entries.at(-1)?.commitment ?? zero, n: c.entries.at(-1)?.n ?? 0 }))
  const shown = verifyChain(whole, 1, origin), enrolled = verifyChain(keys, 3, origin), registered = verifyChain(org, 0, origin)
  need(same([d.heads.work, d.heads.keys], heads), 'head', 'bundle-made names other heads than are shown')
  need(same(d.withheld.map(w => w.n), work.entries.filter(l => 'inner' in l).map(l => l.n)), 'withheld', 'bundle-made lists other numbers than are withheld')
  const reads = shaHex('custos/chain/v1\n', sha(origin), le([2, 1]), hex(work.nonce)), mine = registered.filter(e => e.kind === 'case-registered').map(e => e.d)
  const produced = shown.find(e => e.place.entry === exhibit.entry && e.kind === 'exhibit-produced'), [{ d: opened }, { d: log }] = [shown[0], enrolled[0]]
  const said = [mine, opened.case, opened.readsChain, keys.chain, log.organisationNonce, produced?.d.reference ?? '', produced?.d.version ?? 0]
  const want = [[{ case: manifest.case, readsChain: reads, workChain: work.chain }], manifest.case, reads, trust.keysChain, org.nonce, exhibit.reference, exhibit.version]
  need(same(said, want), 'case', 'manifest, case-opened, case-registered, exhibit and names of chains do not agree')
  verifySignatures(enrolled, [...shown, ...registered], trust)
  const receipt = readReceipt(get('bundle-made.tlog-proof'), trust), leaves = [...work.entries, ...keys.entries, ...org.entries].sort((a, b) => a.index - b.index)
  need(same([paths.size, paths.root, paths.paths.map(p => p.index), receipt.index], [receipt.size, receipt.root, leaves.map(l => l.index), made.index]), 'inclusion', 'paths of other leaves')
  const root = (l, i) => rootOf(l.index, receipt.size, sha(hex('0001'), hex(l.commitment)), l === made ? receipt.path : paths.paths[i].path).toString('hex')
  leaves.concat(made).forEach((l, i) => need(root(l, i) === receipt.root, 'inclusion', `entry ${l.n} is not leaf ${l.index} under the checkpoint`))
  const modules = e => [e.p.step, ...(e.d.renders ?? []).map(r => r.step)].filter(s => s && s.module !== zero).map(s => ({ digest: { sha256: s.module } }))
  const digests = shown.flatMap(e => [...e.subject.filter(s => s.name !== 'record'), ...e.p.resolvedDependencies, ...modules(e)]).filter(x => !x.digest['custos-rows-v1'])
  const names = new Set(digests.map(x => canonical(x.digest)))
  for (const m of manifest.members.filter(m => m.payload)) {
    const salted = 'custos-salted-v1' in m.payload, content = m.content?.sha256 ?? m.sha256, value = salted ? shaHex('custos/payload/v1\n', hex(m.salt ?? ''), hex(content)) : content
    need(salted === 'salt' in m && Object.values(m.payload)[0] === value && names.delete(canonical(m.payload)), 'payload', `${m.name} is not what an entry names`)
  }
  for (const a of manifest.absent) {
    const gone = registered.some(e => e.kind === 'payload-erased' && e.place.entry === a.entry && same(e.d.digest, a.digest)), ours = produced.subject.some(s => same(s.digest, a.digest))
    need((a.reason === 'erased' ? gone : !a.entry) && !ours && names.delete(canonical(a.digest)), 'absent', `${canonical(a.digest)} is absent without what must stand behind it`)
  }
  need(names.size === 0, 'payload', `${[...names][0]} is named by an entry, and is neither there nor absent`)
  const signed = ack && envelope(ack, 'application/vnd.custos.acknowledgement+json', [1], 'acknowledgement'), by = trust.keys.find(k => k.id === signed?.sigs[0].id && k.roles.includes('recorder'))
  need(!signed || by && signed.sigs[0].by(b64(by.public)), 'signature', 'acknowledgement')
  for (const h of [knownHead, signed?.payload].filter(x => x).map(x => read(x, ackShape, 'known head'))) {
    const chain = [whole, keys].find(c => c.chain === h.chain)?.entries, l = chain?.find(l => l.n === h.n), ok = l ? same([l.commitment, l.index], [h.commitment, h.index]) : h.index > made.index
    need(chain && h.origin === origin && ok, 'acknowledged', `another entry ${h.n} was acknowledged, at leaf ${h.index}`)
  }
  const far = shown.reduce((a, e) => e.n - e.place.after.n > a.n - a.place.after.n ? e : a)
  return `OK ${made.n} entries of work, ${d.withheld.length} withheld, longest distance ${far.n - 1 - far.place.after.n} at entry ${far.n}`
}
const [bundle, ...args] = process.argv.slice(2), option = name => args.includes(name) ? readFileSync(args[args.indexOf(name) + 1]) : undefined
try {
  console.log(check(unzip(readFileSync(bundle)), read(option('--trust'), trustShape, 'trust file'), option('--known-head'), option('--ack')))
} catch (e) {
  console.log(`FAULT ${e.code ?? 'json'} ${e.message}`)
  process.exitCode = 1
}
