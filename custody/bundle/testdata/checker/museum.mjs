export function museum() { return false }
