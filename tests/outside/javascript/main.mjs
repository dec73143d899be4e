import { runAll } from './harness.mjs'
import kafkajs from './kafkajs.mjs'
import platformatic from './platformatic.mjs'
import registries from './registries.mjs'

const instance = JSON.parse(process.argv[2])
kafkajs(instance.bootstrap)
platformatic(instance.bootstrap)
registries(instance.bootstrap, instance.registry)
process.exit((await runAll()) === 0 ? 0 : 1)
