// Where a bundle holds each payload, and how its name begins there (11).
import { zero } from './bytes.mjs'
import { canonical } from './canonical.mjs'

const folders = { 'evidence-received': 'source', 'dataset-normalised': 'data', 'dataset-selected': 'result', 'analysis-run': 'result', 'exhibit-produced': 'result' }

// plain is text as it may stand in a name.
const letter = c => /^[a-z0-9_-]$/.test(c) ? c : /^[A-Z]$/.test(c) ? c.toLowerCase() : '-'
const plain = text => [...text].map(letter).join('').slice(0, 100).replace(/^[-_]+|[-_]+$/g, '')

// callings returns how the name of each payload may begin.
export function callings(shown, exhibit) {
  const called = new Map()
  const add = (digest, folder, stem) => called.set(canonical(digest), [...called.get(canonical(digest)) ?? [], `${folder}/${plain(stem)}`])
  for (const e of shown) {
    const stem = name => `${String(e.n).padStart(4, '0')}-${name}`, own = e.kind === 'exhibit-produced' && e.place.entry === exhibit
    for (const s of e.subject) add(s.digest, own ? 'exhibit' : folders[e.kind] ?? 'record', own ? `${e.d.reference}-${s.name}` : stem(s.name))
    for (const d of e.p.resolvedDependencies) add(d.digest, e.kind === 'dataset-normalised' ? 'source' : 'record', stem(d.name))
    for (const s of [e.p.step, ...(e.d.renders ?? []).map(r => r.step)]) if (s && s.module !== zero) add({ sha256: s.module }, 'module', `steps-${s.module.slice(0, 16)}`)
  }
  return called
}

// misnamed tells whether a payload has a name that no entry gives it. What stands
// among the exhibit's files and is none of them is for the check of the exhibit.
export function misnamed(name, begins) {
  const fits = begins.some(b => name.startsWith(b) && /^(-[0-9]+)?\./.test(name.slice(b.length)))
  return !fits && !(name.startsWith('exhibit/') && !begins.some(b => b.startsWith('exhibit/')))
}
