// @platformatic/kafka 1.35: the newest versions of the protocol that a client in JavaScript speaks.
import { Admin, Consumer, Producer, MessagesStreamModes, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { check, fresh, test, until } from './harness.mjs'

export default bootstrap => {
  const at = { clientId: 'outside', bootstrapBrokers: [bootstrap] }

  const withTopic = async (partitions, use) => {
    const admin = new Admin(at)
    const topic = fresh('pl')
    try {
      await admin.createTopics({ topics: [topic], partitions, replicas: 1 })
      await use(topic, admin)
    } finally {
      await admin.close()
    }
  }

  const readAll = async (topic, count) => {
    const consumer = new Consumer({ ...at, groupId: fresh('g'), deserializers: stringDeserializers })
    const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: true, sessionTimeout: 10_000, heartbeatInterval: 500 })
    const seen = []
    stream.on('data', message => seen.push(message))
    await until(() => seen.length >= count, `${count} records`)
    await stream.close()
    await consumer.close()
    return seen
  }

  for (const compression of ['none', 'gzip', 'snappy', 'lz4']) {
    test(`platformatic: ${compression} batches come back whole`, () => withTopic(3, async topic => {
      const producer = new Producer({ ...at, serializers: stringSerializers, idempotent: true, compression })
      for (let batch = 0; batch < 5; batch++) {
        await producer.send({ messages: Array.from({ length: 100 }, (_, i) => ({ topic, key: `k${i % 9}`, value: 'x'.repeat(i) + batch, headers: { batch: `${batch}` } })) })
      }
      await producer.close()
      const seen = await readAll(topic, 500)
      check(seen.length === 500, `each once, found ${seen.length}`)
      check(seen.every(m => m.value.endsWith(m.headers.get('batch'))), 'headers belong to their values')
    }))
  }

  test('platformatic: groups are listed and described, topics deleted', () => withTopic(1, async (topic, admin) => {
    const groupId = fresh('g')
    const consumer = new Consumer({ ...at, groupId, deserializers: stringDeserializers })
    const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, sessionTimeout: 10_000, heartbeatInterval: 500 })
    await until(async () => (await admin.listGroups()).has(groupId), 'is listed')
    const described = await admin.describeGroups({ groups: [groupId] })
    check(described.get(groupId).members.size === 1, 'one member')
    await stream.close()
    await consumer.close()
    await admin.deleteTopics({ topics: [topic] })
    check(!(await admin.listTopics()).includes(topic), 'is gone')
  }))
}
