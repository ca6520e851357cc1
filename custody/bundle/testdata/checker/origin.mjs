// Where the exhibit comes from: what each entry was made from, under which
// authority, and at what time (11, "what a careful checker also asks").
import { need } from './bytes.mjs'
import { canonical, same } from './canonical.mjs'
import { verifySelected } from './rows.mjs'
import { inputs as inputsOf } from './steps.mjs'

const handlesData = ['evidence-received', 'dataset-normalised', 'dataset-selected', 'analysis-run', 'exhibit-produced']

// verifyOrigin walks the shown entries of the work chain in order. content(digest)
// gives the bytes of a small stored payload, or nothing.
export function verifyOrigin(work, withheld, manifest, content) {
  const byId = new Map(work.map(e => [e.place.entry, e])), hiddenBefore = n => withheld.some(w => w < n)
  const c = { byId, hiddenBefore, ancestors: ancestors(byId, manifest.exhibit.entry), content, absent: new Set(manifest.absent.map(a => canonical(a.digest))) }
  for (const e of work) {
    authority(c, e)
    inputs(c, e)
    if (e.kind === 'dataset-normalised') source(c, e), decisions(c, e)
    if (makers[e.kind]) roots(c, e), ports(c, e)
    if (e.kind === 'evidence-received') need((content(e.subject[0].digest)?.length ?? e.d.size) === e.d.size, 'origin', `${e.where} took in a file of another size`)
    if (e.kind === 'exhibit-produced') renders(c, e)
    if (e.kind === 'rows-committed') rows(c, e)
    if (e.kind === 'dataset-selected') verifySelected(byId, e, content)
  }
  exhibit(byId.get(manifest.exhibit.entry), manifest)
  const versions = work.filter(e => e.kind === 'exhibit-produced').map(e => canonical([e.d.reference, e.d.version]))
  need(new Set(versions).size === versions.length, 'exhibit', 'two exhibits under one reference and version')
}

// ancestors returns the ids of an entry and of all that it goes back to.
function ancestors(byId, id, seen = new Set()) {
  if (seen.has(id)) return seen
  seen.add(id)
  for (const d of byId.get(id)?.p.resolvedDependencies ?? []) if (d.entry) ancestors(byId, d.entry, seen)
  return seen
}

// ofReference tells whether an entry takes in or reads a file that holds no
// communications data, so that no authority is needed.
function ofReference({ byId }, e) {
  if (e.kind === 'evidence-received') return !!e.d.reference
  const from = e.p.resolvedDependencies.find(d => d.name === 'source' && d.entry)
  return e.kind === 'dataset-normalised' && !e.subject.some(s => s.name === 'events') && !!byId.get(from?.entry)?.d.reference
}

function authority(c, e) {
  need(e.p.authority.length || !handlesData.includes(e.kind) || ofReference(c, e), 'authority', `${e.where} handles data and names no authority`)
  for (const id of e.p.authority) {
    const a = c.byId.get(id), recorded = a?.kind === 'authority-recorded' && a.n <= e.n
    need(recorded || c.hiddenBefore(e.n) && !c.ancestors.has(e.place.entry), 'authority', `${e.where}: authority ${id} is not on record, or not shown`)
  }
}

// inputs wants each input that names an entry to be what that entry made, earlier.
function inputs(c, e) {
  for (const d of e.p.resolvedDependencies.filter(d => d.entry)) {
    const from = c.byId.get(d.entry)
    if (from) need(from.n < e.n && from.subject.some(s => same(s.digest, d.digest)), 'origin', `${e.where}: entry ${from.n} did not make ${d.name}, or not before`)
    else need(c.hiddenBefore(e.n) && !c.ancestors.has(e.place.entry), 'origin', `${e.where}: the origin of ${d.name} is not shown`)
  }
}

function source(c, e) {
  const from = e.p.resolvedDependencies.filter(d => d.name === 'source' && d.entry).map(d => c.byId.get(d.entry))
  need(from.length && (!from.at(-1) || from.at(-1).kind === 'evidence-received'), 'origin', `${e.where} does not say from which received file it was made`)
}

// makers are the kinds of entries from which one of a kind takes its inputs.
const results = ['dataset-normalised', 'dataset-selected', 'analysis-run', 'source-decided']
const makers = { 'dataset-normalised': ['evidence-received', 'dataset-normalised', 'source-decided'], 'dataset-selected': ['rows-committed'], 'analysis-run': results, 'exhibit-produced': ['analysis-run'] }
const ownText = { 'dataset-normalised': ['profile', 'decisions'] }

// roots wants every result to be made from what an entry of the right kind made; only
// text of its maker has none: what stands on a page, how columns are read, the answers.
function roots(c, e) {
  const list = e.p.resolvedDependencies, own = ownText[e.kind] ?? ['meta'], made = d => !c.byId.has(d.entry) || makers[e.kind].includes(c.byId.get(d.entry).kind)
  need(list.some(d => d.entry) && list.every(d => d.entry ? d.name !== 'meta' && made(d) : own.includes(d.name)), 'origin', `${e.where} does not say what it was made from`)
  need(e.kind !== 'dataset-selected' || list.every(d => d.name === 'rows'), 'origin', `${e.where} names more than the rows it was chosen from`)
  if (e.kind !== 'exhibit-produced' || list.some(d => !c.byId.has(d.entry))) return
  const file = d => e.subject.some(s => same(s.digest, d.digest)), behind = new Set(list.filter(file).flatMap(d => c.byId.get(d.entry).p.resolvedDependencies.map(x => x.entry)))
  need(list.every(d => file(d) || behind.has(d.entry)), 'origin', `${e.where} names what it was not made from`)
}

// decisions wants what a source was read with to be the decisions on record.
function decisions(c, e) {
  const list = e.p.resolvedDependencies, used = list.find(d => d.name === 'decisions')
  const decided = d => c.byId.get(d.entry)?.kind === 'source-decided', scopes = d => decided(d) && c.byId.get(d.entry).d.question === 'scope'
  need(list.every(d => scopes(d) === (d.name === 'scope') || !scopes(d) && d.entry && !c.byId.has(d.entry)), 'origin', `${e.where} was read under a scope that is not on record`)
  const parts = list.filter(d => d.name !== 'decisions' && d.name !== 'scope' && decided(d)), reads = portsOf(e)?.includes('decisions')
  if (!used) return need(!parts.length || reads === false || reads === undefined && !c.ancestors.has(e.place.entry), 'origin', `${e.where} was read with decisions that stand in no list`)
  need(!c.ancestors.has(e.place.entry) || ![used, ...parts].some(d => c.absent.has(canonical(d.digest))), 'origin', `${e.where} was read with decisions that are not all here`)
  const all = c.content(used.digest), texts = parts.map(d => c.content(d.digest))
  if (!all || texts.includes(undefined)) return // packed, or of no concern to the exhibit
  need(all.toString('latin1') === `[${texts.map(p => p.toString('latin1')).join()}]`, 'origin', `${e.where} was read with decisions that are not on record`)
}

const portsOf = e => inputsOf.get(e.p.step && `${e.p.step.name}@${e.p.step.version}`)

// ports wants a step that is known to have read what its entry names; a reading also names
// the decisions that its list is made of.
function ports(c, e) {
  const known = portsOf(e), beside = d => e.kind === 'dataset-normalised' && (d.name === 'scope' || d.entry && (c.byId.get(d.entry)?.kind ?? 'source-decided') === 'source-decided')
  if (e.kind === 'dataset-selected' || e.kind === 'exhibit-produced' || !known) return
  need(e.p.resolvedDependencies.every(d => known.includes(d.name) || beside(d)), 'origin', `${e.where} names what its step does not read`)
}

// renders wants each file of an exhibit to be what an earlier run by that step made.
function renders(c, e) {
  for (const [i, s] of e.subject.entries()) {
    const named = e.p.resolvedDependencies.filter(d => d.entry && same(d.digest, s.digest)).map(d => c.byId.get(d.entry))
    const made = named.some(from => !from || from.p.step && same(from.p.step, e.d.renders[i].step))
    need(made, 'origin', `${e.where}: no run of that step is named for ${s.name}`)
  }
  const used = e.p.resolvedDependencies.map(d => c.byId.get(d.entry)?.p).filter(p => p?.step), names = ({ step: s, parameters = {} }) => Object.entries(parameters).map(([k, v]) => `${s.name}@${s.version}/${k}=${v}`)
  const all = new Set(used.flatMap(names))
  need(Object.entries(e.p.parameters ?? {}).every(([k, v]) => all.has(`${k}=${v}`)), 'origin', `${e.where} states a parameter that no run was made with`)
}

function rows(c, e) {
  const from = c.byId.get(e.d.dataset), b = from?.p.rowBalance
  if (!from && c.hiddenBefore(e.n)) return
  need(from?.kind === 'dataset-normalised' && b && e.d.count === b.shown + b.repeats, 'origin', `${e.where} counts other rows than the data set has`)
}

// exhibit wants the files of the exhibit, and no others, in the folder for them.
function exhibit(e, manifest) {
  const folder = manifest.members.filter(m => m.payload && m.name.startsWith('exhibit/')).map(m => canonical(m.payload)).sort()
  need(same(folder, [...new Set(e.subject.map(s => canonical(s.digest)))].sort()), 'exhibit', 'the folder exhibit does not hold what the exhibit is')
  need(e.d.renders.every(r => r.step.module === manifest.module), 'exhibit', 'the manifest names another module than the exhibit')
}

// verifyTimes wants no entry to be stated more than 60 s before one that its signer
// had already seen, nor more than 60 s after a co-signature that is over it (bound,
// in seconds), unless a later entry among steps says that the clock ran ahead then.
export function verifyTimes(entries, bound = Infinity, steps = [], whole = true) {
  const stated = new Map(), minute = 60000
  const ranAhead = (e, at) => steps.some(s => s.kind === 'clock-stepped' && s.index > e.index && Date.parse(s.d.after) < at && at <= Date.parse(s.d.before) + minute)
  for (const e of entries) {
    const at = Date.parse(e.p.time), seen = whole ? stated.get(e.place.after.n) : undefined
    need(seen === undefined || at + minute >= seen, 'time', `${e.where} is stated before entry ${e.place.after.n}, which its signer had seen`)
    need(at <= bound * 1000 + minute || ranAhead(e, at), 'time', `${e.where} is stated after a co-signature that is over it`)
    stated.set(e.n, at)
  }
}
