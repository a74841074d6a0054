export const LIST = '/account/passkeys'

export const renamePath = (id: string): string => `${LIST}/${encodeURIComponent(id)}/rename`
