import { type AddressInfo, createServer } from 'node:net'

/** A port of this machine, held until it is given free. */
export async function heldPort(): Promise<{ port: number; free(): Promise<void> }> {
  const probe = createServer()
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  return { port, free: () => new Promise(resolve => probe.close(() => resolve())) }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { port, free } = await heldPort()
  await free()
  return port
}
