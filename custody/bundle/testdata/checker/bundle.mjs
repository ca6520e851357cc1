// A whole bundle (11), in the order of section 12: the first fault is named.
import { b64, hex, need, sha, shaHex, zero } from './bytes.mjs'
import { canonical, dense, read, S, same } from './canonical.mjs'
import { chainName, leafHash, verifyChain } from './chain.mjs'
import { acknowledgementType, openEnvelope, statement } from './entry.mjs'
import { verifyFront } from './front.mjs'
import { verifySignatures } from './keys.mjs'
import { consistent, lastingLogKey, noteKey, readCheckpoint, readProof, readReceipt, rootOf, verifyLog } from './log.mjs'
import { verifyOrigin, verifyTimes } from './origin.mjs'
import { verifyQuorum } from './quorum.mjs'
import { verifyStamps } from './stamps.mjs'
import { callings, misnamed } from './names.mjs'
import { oneFrame, unzip } from './zip.mjs'

const loose = S('commitment:hex envelope:b64 index:int n:int prev:hex salt:hex')
const link = S('commitment:hex envelope?:b64 index:int inner?:hex n:int salt?:hex')
const chainShape = entry => ({ chain: 'hex', entries: [entry], kind: 'kind', nonce: 'hex' })
const pathsShape = { paths: [{ index: 'int', path: ['hex'] }], root: 'hex', size: 'int' }
const headShape = S('chain:hex commitment:hex index:int n:int origin:text')
const manifestShape = {
  ...S('case:text module:hex origin:text'), exhibit: S('entry:id reference:text version:int'), format: 'https://custos.example/bundle/v1',
  absent: [S('digest:digest entry?:id reason:not-relevant|another-person|sensitive|privileged|erased')],
  members: [{ 'content?': S('sha256:hex size:int'), ...S('name:text payload?:digest salt?:hex sha256:hex size:int') }],
}
const unlisted = /^((manifest|bundle-made|paths)\.json|bundle-made\.tlog-proof|timestamps\/.*)$/
const payloadFolder = /^(exhibit|source|data|result|record|module)\//, chainFile = /^chain\/(work|keys|organisation)\.json$/

// open reads every document of the bundle.
function open(members) {
  const get = name => members.get(name) ?? need(false, 'manifest', `${name} is missing`)
  const take = (name, s) => {
    need(get(name).length <= 64 << 20 && !dense(get(name), 16), 'json', `${name} is too large, or holds more values than bytes for them`)
    return read(get(name), s, name)
  }
  return {
    members, get, manifest: take('manifest.json', manifestShape), made: take('bundle-made.json', loose), paths: take('paths.json', pathsShape),
    work: take('chain/work.json', chainShape(link)), keys: take('chain/keys.json', chainShape(link)), org: take('chain/organisation.json', chainShape(loose)),
  }
}

// listed holds the manifest against the members, both ways.
function listed({ members, get, manifest, made }, origin) {
  const { kind, d } = statement(made.envelope, 1, 'bundle-made')
  need(kind === 'bundle-made' && d.manifest === shaHex(get('manifest.json')) && manifest.origin === origin, 'manifest', 'it is not the one that bundle-made names, or of another log')
  need(same(manifest.members.map(m => m.name), [...members.keys()].filter(n => !unlisted.test(n))), 'manifest', 'it does not list what is there')
  const twice = new Set()
  for (const m of manifest.members) {
    const data = get(m.name), packed = m.name.endsWith('.zst')
    need(m.size === data.length && m.sha256 === shaHex(data), 'member', m.name)
    need((m.payload ? payloadFolder : chainFile).test(m.name) && !!m.content === packed && !!m.salt === !!m.payload?.['custos-salted-v1'], 'member', `${m.name}: what the list says of it`)
    need(!packed || oneFrame(data, m.content.size), 'member', `${m.name} is not one zstd frame of that size`)
    need(!m.payload || !m.payload['custos-rows-v1'] && !twice.has(canonical(m.payload)), 'member', `${m.name}: a payload twice, or one that has no content`)
    if (m.payload) twice.add(canonical(m.payload))
  }
  const text = manifest.absent.map(a => Object.entries(a.digest).flat().join(' '))
  need(text.every((t, i) => i === 0 || t > text[i - 1]), 'absent', 'the list of what is absent is not in order')
  return d
}

// what the organisation's chain may show in a bundle
const shownKinds = ['case-registered', 'payload-erased', 'defect-recorded', 'clock-stepped', 'time-stamped']
const headOf = c => ({ commitment: c.entries.at(-1)?.commitment ?? zero, n: c.entries.at(-1)?.n ?? 0 })

// belongs wants manifest, chains, case and exhibit to agree.
function belongs(b, d, { shown, enrolled, registered }, trust) {
  const { manifest, work, keys, org } = b, { exhibit, origin } = manifest
  need(same([d.heads.work, d.heads.keys], [work, keys].map(headOf)), 'head', 'bundle-made names other heads than are shown')
  need(same(d.withheld.map(w => w.n), work.entries.filter(l => 'inner' in l).map(l => l.n)), 'withheld', 'bundle-made lists other numbers than are withheld')
  const [opened, log] = [shown[0], enrolled[0]]
  need(opened?.kind === 'case-opened' && log?.kind === 'log-opened', 'first', 'a chain without its first entry')
  const odd = registered.find(e => !shownKinds.includes(e.kind))
  need(!odd, 'case', `${odd?.where}: ${odd?.kind} has no place in a bundle`)
  const reads = chainName(origin, 2, work.nonce), mine = registered.filter(e => e.kind === 'case-registered').map(e => e.d)
  const produced = shown.find(e => e.place.entry === exhibit.entry && e.kind === 'exhibit-produced')
  const said = [mine, opened.d.case, keys.chain, log.d.organisationNonce, produced?.d.reference ?? '', produced?.d.version ?? 0]
  const want = [[{ case: manifest.case, readsChain: reads, workChain: work.chain }], manifest.case, trust.keysChain, org.nonce, exhibit.reference, exhibit.version]
  need(same(said, want), 'case', 'manifest, case-opened, case-registered, exhibit and names of chains do not agree')
  return produced
}

// proved wants every leaf, withheld ones too, under the one checkpoint.
function proved({ get, made, paths, work, keys, org, manifest }, { logKeys, policy, trust, young }) {
  const receipt = readReceipt(get('bundle-made.tlog-proof')), c = receipt.checkpoint
  need(c.origin === manifest.origin, 'checkpoint', 'it is of another log')
  verifyLog(c, logKeys)
  const leaves = [...work.entries, ...keys.entries, ...org.entries].sort((a, b) => a.index - b.index)
  need(same([paths.size, paths.root, paths.paths.map(p => p.index), receipt.index], [c.size, c.root, leaves.map(l => l.index), made.index]), 'inclusion', 'paths of other leaves')
  const root = (l, i) => rootOf(l.index, c.size, leafHash(l.commitment), l === made ? receipt.path : paths.paths[i].path).toString('hex')
  leaves.concat(made).forEach((l, i) => need(root(l, i) === c.root, 'inclusion', `entry ${l.n} is not leaf ${l.index} under the checkpoint`))
  const own = raw => logKeys.some(k => k.raw.equals(raw)) || trust.keys.some(k => b64(k.public).subarray(12).equals(raw))
  return { checkpoint: c, signed: policy ? verifyQuorum(c, policy, logKeys, own, young) : [] }
}

// payloads wants every payload that an entry names here or absent, and no other.
function payloads(b, shown, registered, produced) {
  const modules = e => [e.p.step, ...(e.d.renders ?? []).map(r => r.step)].filter(s => s && s.module !== zero).map(s => ({ digest: { sha256: s.module } }))
  const named = shown.flatMap(e => [...e.subject.filter(s => s.name !== 'record'), ...e.p.resolvedDependencies, ...modules(e)])
  const called = callings(shown, b.manifest.exhibit.entry)
  const names = new Set(named.filter(x => !x.digest['custos-rows-v1']).map(x => canonical(x.digest)))
  for (const m of b.manifest.members.filter(m => m.payload)) {
    const content = m.content?.sha256 ?? m.sha256, value = m.salt ? shaHex('custos/payload/v1\n', hex(m.salt), hex(content)) : content
    need(Object.values(m.payload)[0] === value && names.delete(canonical(m.payload)), 'payload', `${m.name} is not what an entry names`)
    need(!misnamed(m.name, called.get(canonical(m.payload))), 'payload', `${m.name} has the name of another`)
  }
  for (const a of b.manifest.absent) {
    const gone = registered.some(e => e.kind === 'payload-erased' && e.place.entry === a.entry && same(e.d.digest, a.digest)), ours = produced.subject.some(s => same(s.digest, a.digest))
    need((a.reason === 'erased' ? gone : !a.entry) && !ours && names.delete(canonical(a.digest)), 'absent', `${canonical(a.digest)} is absent without what must stand behind it`)
  }
  need(names.size === 0, 'payload', `${[...names][0]} is named by an entry, and is neither there nor absent`)
}

// contentOf returns a function that gives the bytes of a stored payload.
function contentOf({ manifest, get }) {
  const byDigest = new Map(manifest.members.filter(m => m.payload && !m.content).map(m => [canonical(m.payload), m.name]))
  return digest => byDigest.has(canonical(digest)) ? get(byDigest.get(canonical(digest))) : undefined
}

// known holds what somebody noted, or was told by the service, or keeps of the log,
// against the bundle.
function known(bytes, proofs, b, whole, { checkpoint, trust, logKeys, places }) {
  if (bytes[0] !== 0x7b) return knownCheckpoint(readCheckpoint(bytes), proofs, checkpoint, logKeys)
  knownHead(bytes, { origin: b.manifest.origin, index: b.made.index, chains: [whole, b.keys], places }, trust)
}

// knownHead holds the place of an entry that somebody noted, or an acknowledgement,
// against chains as they stood when leaf index was appended, and against single
// places of chains that are not shown whole.
export function knownHead(bytes, { origin, index, chains, places = [] }, trust) {
  let payload = bytes
  if (bytes.includes('"payloadType"')) {
    const e = openEnvelope(bytes, acknowledgementType, [1], 'acknowledgement'), by = trust.keys.find(k => k.id === e.sigs[0].id && k.roles.includes('recorder'))
    need(by, 'unknown-key', 'the acknowledgement is by no recording service that you trust')
    need(e.sigs[0].by(b64(by.public)), 'signature', 'acknowledgement')
    payload = e.payload
  }
  const h = read(payload, headShape, 'known head'), of = list => list.find(c => c.chain === h.chain)?.entries
  const chain = of(chains), l = (chain ?? of(places))?.find(l => l.n === h.n)
  need(h.origin === origin && (chain || l), 'acknowledged', `entry ${h.n} is of another log, or is not shown: nothing can be said of it`)
  const ok = l ? same([l.commitment, l.index ?? h.index], [h.commitment, h.index]) : h.index > index
  need(ok, 'acknowledged', `another entry ${h.n} was acknowledged, at leaf ${h.index}`)
}

// knownCheckpoint compares two summaries of the log.
export function knownCheckpoint(known, proofs, checkpoint, logKeys) {
  verifyLog(known, logKeys)
  const [a, z] = known.size <= checkpoint.size ? [known, checkpoint] : [checkpoint, known]
  if (a.size === z.size) return need(a.root === z.root, 'consistency', 'two versions of the log have the same size')
  const joins = p => p.old === a.size && p.newer.text === z.text && consistent(a.size, z.size, p.path, a.root, z.root)
  need(proofs.map(readProof).some(joins), 'consistency', `no proof shows that the tree of size ${a.size} is the beginning of that of size ${z.size}`)
}

// check checks a bundle and returns what was seen; the first fault is thrown.
// Shape: o has trust, and may have policy, young (a test for the times of co-signatures), known and
// proofs (lists), and recordOnly, which leaves out order 10 of section 12.
export function check(file, o) {
  const { trust } = o, logKeys = trust.log.map(noteKey), b = open(unzip(file)), { work, keys, made, org, manifest } = b
  const d = listed(b, trust.origin), whole = { ...work, entries: [...work.entries, made] }
  const shown = verifyChain(whole, 1, manifest.origin), enrolled = verifyChain(keys, 3, manifest.origin), registered = verifyChain(org, 0, manifest.origin)
  const produced = belongs(b, d, { shown, enrolled, registered }, trust)
  const ring = verifySignatures(enrolled, [...shown, ...registered], trust)
  const { checkpoint, signed } = proved(b, { ...o, logKeys })
  lastingLogKey(checkpoint, logKeys, ring)
  payloads(b, shown, registered, produced)
  const places = [org, { chain: shown[0].d.readsChain, entries: [d.heads.reads] }]
  for (const k of o.known ?? []) known(k, o.proofs ?? [], b, whole, { checkpoint, trust, logKeys, places })
  if (!o.recordOnly) {
    verifyOrigin(shown, d.withheld.map(w => w.n), manifest, contentOf(b))
    verifyFront(shown, ring, manifest, contentOf(b))
    const bound = Math.min(...signed.map(s => s.at))
    for (const entries of [shown, enrolled, registered]) verifyTimes(entries, bound, registered, entries !== registered)
  }
  const far = shown.reduce((a, e) => e.n - e.place.after.n > a.n - a.place.after.n ? e : a)
  const stamps = verifyStamps(b.members, checkpoint)
  return `${made.n} entries of work, ${d.withheld.length} withheld, longest distance ${far.n - 1 - far.place.after.n} at entry ${far.n}` +
    (o.policy ? `, ${signed.length} co-signatures` : '') + (stamps ? `, ${stamps} time stamps whose tokens were not checked` : '')
}
