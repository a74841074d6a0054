/** Whether this is an IANA name of a zone, as far as this Node knows them. */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

/** The zones that people choose from, in the order of their names; with one by the name that a browser has for it. */
export const timeZones = (also: string): string[] => [...new Set(['UTC', also, ...Intl.supportedValuesOf('timeZone')])]
