// One entry: the envelope (4) and the statement in it (5, 6).
import { b64, need, shaHex, signedBy, zero } from './bytes.mjs'
import { canonical, dense, read, S, shape } from './canonical.mjs'
import { chainKinds, headShape, kinds, stepShape } from './kinds.mjs'

export const statementType = 'application/vnd.in-toto+json'
export const acknowledgementType = 'application/vnd.custos.acknowledgement+json'

const envelopeShape = { payload: 'b64', payloadType: 'text', signatures: [S('keyid:hex sig:b64')] }
const statementShape = {
  _type: 'https://in-toto.io/Statement/v1', predicateType: 'text', subject: [S('digest:digest name:text')],
  predicate: {
    authority: ['id'], detail: 'any', actor: S('id:text key:hex role:text'), place: { after: headShape, chain: 'hex', entry: 'id' },
    resolvedDependencies: [S('digest:digest entry?:id name:text')], 'decision?': S('asOf:int entry:id release:hex until:time'),
    ...S('onBehalfOf?:text parameters?:map time:time'), 'step?': stepShape, 'rowBalance?': S('outside:int received:int repeats:int setAside:int shown:int'),
    'operation?': 'collection|alteration|consultation|disclosure|combination|erasure',
  },
}

// openEnvelope returns the payload and, for each signature, its key id and a
// function that tells whether a key made it.
export function openEnvelope(bytes, type, counts, where) {
  need(bytes.length <= 16 << 20, 'envelope', `${where} is larger than 16 MiB`)
  const e = read(bytes, envelopeShape, where), payload = b64(e.payload), ids = e.signatures.map(s => s.keyid)
  need(e.payloadType === type && counts.includes(ids.length) && ids[0] !== ids[1], 'envelope', `${where}: type or number of signatures`)
  need(e.signatures.every(s => b64(s.sig).length === 64), 'envelope', `${where}: a signature that has not 64 bytes`)
  const message = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload])
  return { payload, sigs: e.signatures.map(s => ({ id: s.keyid, by: once(der => signedBy(der, message, b64(s.sig))) })) }
}

// once remembers the answer for each key, since one envelope is asked about often.
function once(ask) {
  const known = new Map()
  return der => {
    const id = der.toString('latin1')
    if (!known.has(id)) known.set(id, ask(der))
    return known.get(id)
  }
}

const opened = new Map() // statements by the text of their envelope: the same bytes mean the same

// statement returns what an entry shown on a chain of a kind says; what it returns
// depends on these two alone.
export function statement(envelope, chain, where) {
  const id = chain + envelope
  if (!opened.has(id)) {
    const s = parse(envelope, chain, where)
    if (opened.size > 4000) opened.clear()
    opened.set(id, s)
  }
  return opened.get(id)
}

function parse(text, chain, where) {
  const { payload, sigs } = openEnvelope(b64(text), statementType, [1, 2], where)
  need(text.length < 349528 || !dense(payload, 8), 'json', `${where} holds more values than bytes for them`) // an envelope of 256 KiB, in base64
  const { predicateType, predicate: p, subject } = read(payload, statementShape, where)
  const kind = predicateType.match(/^https:\/\/custos\.example\/predicate\/([a-z-]+)\/v1$/)?.[1], info = Object.hasOwn(kinds, kind ?? '') ? kinds[kind] : undefined
  need(info?.chains.includes(chainKinds[chain]), 'statement', `${where}: ${predicateType} does not stand on this chain`)
  need(sigs.at(-1).id === p.actor.key, 'envelope', `${where}: the last signature is not the actor's`)
  const s = { kind, info, p, d: p.detail, place: p.place, subject, sigs }
  form(s, where)
  return s
}

// form holds what a shape alone cannot say (5, 6).
function form({ kind, info, p, d, subject }, where) {
  const b = p.rowBalance, ok = (holds, words) => need(holds, 'statement', `${where}: ${words}`)
  ok(info.subjects[0] !== 'record' || subject.length === 1 && subject[0].name === 'record' && subject[0].digest.sha256 === shaHex(canonical(d)), 'not the digest of its detail')
  shape(d, info.detail, `${where} detail`)
  ok(p.place.after.n > 0 || p.place.after.commitment === zero, 'it names a commitment at n = 0')
  ok(!!info.step === !!p.step && (!info.step || b), 'a step or a row balance where none belongs, or none where one does')
  ok(!b || b.received === b.shown + b.outside + b.repeats + b.setAside, 'its row balance does not close')
  ok(new Set(p.resolvedDependencies.map(x => x.name)).size === p.resolvedDependencies.length, 'two dependencies of one name')
  names(info, subject, kind, ok)
  const rising = l => l.every((w, i) => w.n > (l[i - 1]?.n ?? 0) && w.n <= d.heads.work.n)
  ok(kind !== 'key-enrolled' || d.key === shaHex(b64(d.public)) && d.roles.length > 0, 'the key id is not that of the key, or there is no role')
  ok(kind !== 'bundle-made' || rising(d.withheld), 'withheld numbers do not rise, or pass the head')
  ok(kind !== 'exhibit-produced' || d.renders.length === subject.length && d.renders.every((r, i) => r.subject === subject[i].name), 'renders are not those of the subjects')
}

// names holds the subjects' names against the kind.
function names(info, subject, kind, ok) {
  const free = info.subjects.at(-1) === '*', named = info.subjects.filter(n => n !== '*'), port = n => n !== 'record' && /^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$/.test(n)
  ok(subject.length > 0 && subject.length >= named.length && (free || subject.length === named.length), 'another number of subjects')
  ok(new Set(subject.map(s => s.name)).size === subject.length, 'two subjects of one name')
  for (const [i, s] of subject.entries()) {
    ok(i < named.length ? s.name === named[i] : port(s.name), `a subject ${s.name}`)
    ok(('custos-rows-v1' in s.digest) === (kind === 'rows-committed'), `the digest of ${s.name}`)
    ok(info.subjects[0] !== 'record' || 'sha256' in s.digest, 'the digest of its record')
  }
}
