export const development = {} as const
