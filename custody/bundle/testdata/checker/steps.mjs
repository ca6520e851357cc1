// The inputs of every step, the museum's four first; of another any input is believed.
const more = Array.from({ length: 63 }, (_, i) => `events-${i + 2} set-aside-${i + 2}`).join(' ')
const table = `tiny-source@1: source profile decisions; tiny-count@1: events; render-page@1: table meta; render-table@1: table
  source-csv@1: source profile decisions sites scope; base-map@1: source below; cell-table@1: source profile
  select-rows@1: events choice; cell-join@1: events set-aside cells; merge-events@1: events set-aside ${more}
  event-schedule@1 top-contacts@1 first-last-use@1 handset-history@1 common-contacts@1 night-cells@1 pattern-of-life@1 gaps@1 co-location@1 area-hits@1 merged-timeline@1: events set-aside
  admit-excess@1: events set-aside excess; mask-events@1: events set-aside known; render-pattern-svg@1: pattern summary meta
  render-schedule-csv@1 render-schedule-pdf@1 render-schedule-xlsx@1 render-schedule-html@1 render-timeline-svg@1: schedule repeats summary meta
  render-table-csv@1 render-table-pdf@1 render-table-xlsx@1 render-table-html@1: table excluded summary meta
  render-map-svg@1 render-map-pdf@1: schedule repeats summary meta base-map`
export const inputs = new Map(table.split(/;|\n/).map(l => l.split(':').map(words => words.trim().split(' '))).flatMap(([steps, names]) => steps.map(s => [s, names])))
