export { parseReturnTo } from '../return-to.ts'
