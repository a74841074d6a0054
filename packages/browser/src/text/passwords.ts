/** One spelling of what people see (NFKC, NIST 800-63B-4 §3.1.1.2): what is counted, hashed and compared. */
export const passwordText = (password: string): string => password.normalize('NFKC')
