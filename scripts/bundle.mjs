// Before the tests in a browser: what they load is made of the sources that they stand beside.
export { bundle as setup } from './build.mjs'
