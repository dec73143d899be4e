// kafkajs 2.2: the oldest versions of the protocol that anybody still speaks.
import kafkajs from 'kafkajs'
import { check, fresh, test, until } from './harness.mjs'

const { CompressionTypes, Kafka, logLevel } = kafkajs

export default bootstrap => {
  const kafka = new Kafka({ clientId: 'outside', brokers: [bootstrap], logLevel: logLevel.NOTHING })

  const withTopic = async (partitions, use) => {
    const admin = kafka.admin()
    const topic = fresh('js')
    await admin.connect()
    try {
      check(await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true }), 'created')
      await use(topic, admin)
    } finally {
      await admin.disconnect()
    }
  }

  const reader = async (topic, groupId, seen, settings = {}) => {
    const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, rebalanceTimeout: 6000, ...settings })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ eachMessage: async ({ partition, message }) => { seen.push({ partition, message }) } })
    return consumer
  }

  const send = async (topic, values, settings = {}) => {
    const producer = kafka.producer(settings)
    await producer.connect()
    await producer.send({ topic, messages: values.map((value, i) => ({ key: `k${i % 5}`, value, headers: { n: `${i}` } })) })
    await producer.disconnect()
  }

  const numbers = (from, count) => Array.from({ length: count }, (_, i) => `${from + i}`)

  test('kafkajs: topics are made, described, configured and deleted', () => withTopic(3, async (topic, admin) => {
    const { topics: [described] } = await admin.fetchTopicMetadata({ topics: [topic] })
    check(described.partitions.length === 3, 'three partitions')
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries: [{ name: 'retention.ms', value: '1000' }] }] })
    const { resources: [configs] } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: topic, configNames: ['retention.ms'] }] })
    check(configs.configEntries[0].configValue === '1000', 'retention is set')
    await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] })
    check((await admin.fetchTopicOffsets(topic)).length === 5, 'five partitions')
    await admin.deleteTopics({ topics: [topic] })
    check(!(await admin.listTopics()).includes(topic), 'is gone')
  }))

  for (const [name, compression] of [['plain', CompressionTypes.None], ['gzip', CompressionTypes.GZIP]]) {
    test(`kafkajs: ${name} records come back with keys, headers and order`, () => withTopic(4, async topic => {
      const producer = kafka.producer()
      await producer.connect()
      for (let i = 0; i < 500; i++) {
        await producer.send({ topic, compression, messages: [{ key: `k${i % 7}`, value: `${i}`, headers: { n: `${i}` } }] })
      }
      await producer.disconnect()
      const seen = []
      const consumer = await reader(topic, fresh('g'), seen)
      await until(() => seen.length >= 500, 'all are read')
      await consumer.disconnect()
      check(seen.length === 500, `each once, found ${seen.length}`)
      const last = {}
      for (const { message } of seen) {
        const [key, n] = [message.key.toString(), Number(message.value)]
        check(message.headers.n.toString() === `${n}`, 'header')
        check((last[key] ?? -1) < n, 'order of a key')
        last[key] = n
      }
    }))
  }

  test('kafkajs: a group shares partitions, and goes on from its commits', () => withTopic(4, async (topic, admin) => {
    const group = fresh('g')
    const [one, two] = [[], []]
    const first = await reader(topic, group, one)
    const second = await reader(topic, group, two)
    await until(async () => (await admin.describeGroups([group])).groups[0].members.length === 2, 'two members')
    await until(async () => {
      await send(topic, numbers(0, 40))
      return one.length > 0 && two.length > 0
    }, 'both get records')
    await second.disconnect()
    const before = one.length
    await send(topic, numbers(1000, 40))
    await until(() => one.slice(before).filter(r => Number(r.message.value) >= 1000).length === 40, 'the other takes over')
    await first.disconnect()
    const again = []
    const third = await reader(topic, group, again)
    await send(topic, numbers(5000, 10))
    await until(() => again.length >= 10, 'the next member goes on')
    check(again.every(r => Number(r.message.value) >= 5000), 'nothing is read twice')
    await third.disconnect()
    await admin.deleteGroups([group])
  }))

  test('kafkajs: transactions are all or nothing, offsets included', () => withTopic(1, async (topic, admin) => {
    const producer = kafka.producer({ transactionalId: fresh('t'), maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    const group = fresh('g')
    const kept = await producer.transaction()
    await kept.send({ topic, messages: [{ value: 'kept' }] })
    await kept.sendOffsets({ consumerGroupId: group, topics: [{ topic, partitions: [{ partition: 0, offset: '7' }] }] })
    await kept.commit()
    const dropped = await producer.transaction()
    await dropped.send({ topic, messages: [{ value: 'dropped' }] })
    await dropped.sendOffsets({ consumerGroupId: group, topics: [{ topic, partitions: [{ partition: 0, offset: '9' }] }] })
    await dropped.abort()
    await send(topic, ['after'])
    const seen = []
    const consumer = await reader(topic, fresh('g'), seen, { readUncommitted: false })
    await until(() => seen.some(r => r.message.value.toString() === 'after'), 'the record after them')
    await consumer.disconnect()
    await producer.disconnect()
    check(seen.map(r => r.message.value.toString()).join() === 'kept,after', `found ${seen.map(r => r.message.value)}`)
    const [{ partitions: [{ offset }] }] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
    check(offset === '7', `committed offset 7, found ${offset}`)
  }))

  test('kafkajs: a run is started and followed with nothing but records', async () => {
    const id = fresh('js-run')
    const seen = []
    const consumer = await reader('kafkaflow.events', fresh('g'), seen)
    const producer = kafka.producer()
    await producer.connect()
    const start = { event_type: 'execution_started', execution_id: id, playbook_path: 'examples/hello', payload: { name: 'JS' } }
    await producer.send({ topic: 'kafkaflow.commands', messages: [{ key: id, value: JSON.stringify(start) }] })
    const types = () => seen.filter(r => r.message.key.toString().startsWith(`${id}/`)).map(r => r.message.headers.event_type.toString())
    await until(() => types().includes('execution_completed'), 'execution_completed')
    check(types()[0] === 'execution_started', 'the first event')
    await consumer.disconnect()
    await producer.disconnect()
  })
}
