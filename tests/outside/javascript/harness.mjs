// A few functions of a test runner: one test after the other, each with a time limit.
const tests = []

export const test = (name, body) => tests.push({ name, body })

export const check = (condition, what) => {
  if (!condition) throw new Error(what)
}

export const until = async (condition, what, limitMs = 20_000) => {
  for (const end = Date.now() + limitMs; !(await condition()); await new Promise(done => setTimeout(done, 50))) {
    check(Date.now() < end, `not so after ${limitMs} ms: ${what}`)
  }
}

export const fresh = kind => `${kind}-${Math.random().toString(36).slice(2, 10)}`

export const runAll = async (limitMs = 60_000) => {
  let failed = 0
  for (const { name, body } of tests) {
    let timer
    const late = new Promise((_, refuse) => { timer = setTimeout(() => refuse(new Error(`not done after ${limitMs} ms`)), limitMs) })
    try {
      await Promise.race([body(), late])
      console.log(`passed ${name}`)
    } catch (error) {
      failed++
      console.log(`FAILED ${name}: ${error.stack ?? error}`)
    }
    clearTimeout(timer)
  }
  console.log(`${tests.length - failed} passed, ${failed} failed`)
  return failed
}
