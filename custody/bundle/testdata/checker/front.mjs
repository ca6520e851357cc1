// The first page (12, `front`): what stands there beside what the record says. Whose
// number is whose is a person's statement, and is not looked at here.
import { need, zero } from './bytes.mjs'
import { canonical, dense, read, S } from './canonical.mjs'

// verifyFront holds the front matter of every page of every exhibit against the
// record. content gives the bytes of a small stored payload, or nothing.
export function verifyFront(shown, ring, manifest, content) {
  const r = { byId: new Map(shown.map(e => [e.place.entry, e])), opened: shown[0].d, ring, manifest }
  const stored = manifest.members.filter(m => m.payload).map(m => [canonical(m.payload), m.content ?? m])
  r.sums = new Map(stored.map(([name, m]) => [name, m.sha256]))
  const sizes = new Map(stored.map(([name, m]) => [name, m.size]))
  for (const e of shown.filter(e => e.kind === 'exhibit-produced')) {
    const runs = e.place.entry === manifest.exhibit.entry ? [...behind(r, e)] : from(r, e)
    for (const run of runs.filter(run => run.p.step)) {
      for (const d of run.p.resolvedDependencies.filter(d => d.name === 'meta')) {
        need(!(sizes.get(canonical(d.digest)) > 1 << 20), 'front', `${e.where}: what stands on the first page is longer than any page`)
        const data = content(d.digest)
        if (data) page(r, e, run, data)
      }
    }
  }
}

// from returns the shown entries that one names as the makers of its inputs.
const from = ({ byId }, e) => e.p.resolvedDependencies.map(d => byId.get(d.entry)).filter(x => x)

function page(r, e, run, data) {
  let p
  try {
    if (!dense(data, 8)) p = read(data, 'any', e.where)
  } catch { /* p stays undefined */ }
  const ok = (holds, what) => need(holds, 'front', `${e.where}: the first page and the record differ in the ${what}`)
  ok(p && exact(p), 'form')
  const said = (key, holds) => ok(p[key] === undefined || p[key] === null || holds(p[key]), key), { module } = run.p.step
  const text = holds => v => typeof v === 'string' && holds(v)
  said('reference', v => v === e.d.reference)
  said('version', v => v === e.d.version)
  said('title', v => v === e.d.title)
  said('question', v => from(r, run).some(x => x.kind === 'analysis-run' && x.d.title === v) || run.p.resolvedDependencies.some(d => d.entry && !r.byId.has(d.entry)))
  ok((p.expert ?? '') === (e.d.expert ?? ''), 'expert')
  said('changed', text(v => v.startsWith(e.d.changed ?? '')))
  said('case', text(v => v.includes(r.opened.reference) && v.includes(r.opened.title)))
  said('producer', text(v => v.includes(r.ring.get(e.p.actor.key).name)))
  said('module', v => v === module || v === '' && module === zero)
  said('log', v => v === '' || v === r.manifest.origin)
  said('sources', v => Array.isArray(v) && v.every(s => s && typeof s === 'object') && sources(r, e, v))
}

// exact tells whether no key is another one of a page but for the case of its letters.
const letters = k => k.toLowerCase().toUpperCase()
const keys = S('reference: version: title: question: case: producer: expert: changed: module: log: sources: attributions: authority: rows: sha256: selected: identifier: person: basis:')
const known = new Map(Object.keys(keys).map(k => [letters(k), k]))
const exact = v => typeof v !== 'object' || Object.entries(v).every(([k, x]) => (Array.isArray(v) || (known.get(letters(k)) ?? k) === k) && exact(x))

// behind returns the shown entries that one goes back to.
function behind(r, e, seen = new Set()) {
  for (const x of from(r, e)) {
    if (!seen.has(x)) behind(r, x, seen.add(x))
  }
  return seen
}

// sources tells whether the files on a page are exactly those that the exhibit goes back
// to, each with its rows, its SHA-256 and its authority: as many lines as data sets.
function sources(r, e, listed) {
  const want = new Map(), given = new Map(), put = (map, line, x) => map.set(canonical(line), [...map.get(canonical(line)) ?? [], x])
  for (const x of behind(r, e)) {
    const file = x.kind === 'dataset-normalised' && x.p.resolvedDependencies.find(d => d.name === 'source'), rows = x.p.rowBalance?.received
    if (file) put(want, [false, x.d.item, rows, r.sums.get(canonical(file.digest)) ?? file.digest.sha256 ?? ''], x)
    if (x.kind === 'dataset-selected') put(want, [true, x.p.parameters?.item ?? '', rows, x.p.parameters?.root ?? ''], x)
  }
  for (const s of listed) {
    const line = sum => [s.selected === true, s.reference ?? '', s.rows ?? 0, sum], sum = s.sha256 ?? ''
    put(given, line(want.has(canonical(line(sum))) ? sum : ''), s.authority ?? '')
  }
  const rests = (x, a) => a === '' || under(r, x, a)
  const all = (xs, as) => as?.length === xs.length && as.every(a => xs.some(x => rests(x, a))) && xs.every(x => as.some(a => rests(x, a)))
  return given.size === want.size && [...want].every(([line, xs]) => all(xs, given.get(line)))
}

// under tells whether an entry rests on an authority of that reference.
const under = ({ byId }, e, reference) => e.p.authority.some(id => !byId.has(id) || byId.get(id).d.reference === reference && byId.get(id).kind === 'authority-recorded')
