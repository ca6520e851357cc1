// The first page (12, `front`): what stands there beside what the record says. Whose
// number is whose is a person's statement, and is not looked at here.
import { need, zero } from './bytes.mjs'
import { canonical } from './canonical.mjs'

// verifyFront holds the front matter of every page of every exhibit against the
// record. content gives the bytes of a small stored payload, or nothing.
export function verifyFront(shown, ring, manifest, content) {
  const r = { byId: new Map(shown.map(e => [e.place.entry, e])), opened: shown[0].d, ring, manifest }
  r.sums = new Map(manifest.members.filter(m => m.payload).map(m => [canonical(m.payload), m.content?.sha256 ?? m.sha256]))
  for (const e of shown.filter(e => e.kind === 'exhibit-produced')) {
    for (const run of from(r, e).filter(run => run.p.step)) {
      for (const d of run.p.resolvedDependencies.filter(d => d.name === 'meta' && !d.entry)) {
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
    p = JSON.parse(data)
  } catch { /* p stays undefined */ }
  const ok = (holds, what) => need(holds, 'front', `${e.where}: the first page and the record differ in the ${what}`)
  ok(p && typeof p === 'object', 'form')
  const said = (key, holds) => ok(p[key] === undefined || p[key] === null || holds(p[key]), key), { module } = run.p.step
  const text = holds => v => typeof v === 'string' && holds(v)
  said('reference', v => v === e.d.reference)
  said('version', v => v === e.d.version)
  said('title', v => v === e.d.title)
  said('question', v => from(r, run).some(x => x.kind === 'analysis-run' && x.d.title === v) || run.p.resolvedDependencies.some(d => d.entry && !r.byId.has(d.entry)))
  said('case', text(v => v.includes(r.opened.reference) && v.includes(r.opened.title)))
  said('producer', text(v => v.includes(r.ring.get(e.p.actor.key).name)))
  said('module', v => v === module || v === '' && module === zero)
  said('log', v => v === '' || v === r.manifest.origin)
  said('sources', v => Array.isArray(v) && sources(r, e, v))
}

// behind returns the shown entries that one goes back to.
function behind(r, e, seen = new Set()) {
  for (const x of from(r, e)) {
    if (!seen.has(x)) behind(r, x, seen.add(x))
  }
  return seen
}

// sources tells whether the files on a page are exactly those that the exhibit goes
// back to, each with its rows, its SHA-256 and its authority.
function sources(r, e, listed) {
  const all = [...behind(r, e)], sets = all.filter(x => x.kind === 'dataset-normalised'), chosen = all.filter(x => x.kind === 'dataset-selected')
  const ofChosen = x => listed.some(s => s.selected === true && s.reference === x.p.parameters?.item && s.sha256 === x.p.parameters?.root && s.rows === x.p.rowBalance.received && (!s.authority || under(r, x, s.authority)))
  return sets.length + chosen.length === listed.length && chosen.every(ofChosen) && sets.every(set => set.p.resolvedDependencies.filter(d => d.name === 'source').every(d => {
    const sum = r.sums.get(canonical(d.digest)) ?? Object.values(d.digest)[0]
    return listed.some(s => !s.selected && s.reference === set.d.item && s.rows === set.p.rowBalance.received && s.sha256 === sum && (!s.authority || under(r, set, s.authority)))
  }))
}

// under tells whether an entry rests on an authority of that reference.
const under = ({ byId }, e, reference) => e.p.authority.some(id => !byId.has(id) || byId.get(id).d.reference === reference && byId.get(id).kind === 'authority-recorded')
