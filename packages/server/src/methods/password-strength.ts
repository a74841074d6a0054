/** The word lists are 9 MB: they are loaded when the first password is chosen, and by nothing else. */
interface Checker {
  breached: ReadonlySet<string>
  score(password: string, context: string[]): number
}

/** Enough to reach the highest score; the time of the check grows faster than the text. */
const MAX_SCORED = 100

async function load(): Promise<Checker> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ])
  const zxcvbn = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    maxLength: MAX_SCORED,
  })
  return {
    breached: new Set(common.dictionary['passwords-common'].map(word => word.toLowerCase())),
    score: (password, context) => zxcvbn.check(password.slice(0, MAX_SCORED), context).score,
  }
}

let loaded: Promise<Checker> | null = null
const checker = (): Promise<Checker> => {
  loaded ??= load()
  return loaded
}

/** Whether it stands in the list of about 49,000 passwords that leaks show most, in any case. */
export const isBreached = async (password: string): Promise<boolean> => (await checker()).breached.has(password.toLowerCase())

/** How hard it is to guess, 0 to 4; words of the context count as known. */
export const scoreOf = async (password: string, context: string[]): Promise<number> => (await checker()).score(password, context)
