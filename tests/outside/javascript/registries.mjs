// Two clients of Confluent's schema registry API against the registry of `dev`.
import avro from '@kafkajs/confluent-schema-registry'
import confluent from '@confluentinc/schemaregistry'
import { check, fresh, test } from './harness.mjs'

const { COMPATIBILITY, SchemaRegistry, SchemaType } = avro
const { AvroDeserializer, AvroSerializer, SchemaRegistryClient, SerdeType } = confluent

const record = (...fields) => JSON.stringify({ type: 'record', name: 'Order', namespace: 'outside', fields })
const amount = { name: 'amount', type: 'int' }
const note = { name: 'note', type: ['null', 'string'], default: null }
const bare = { name: 'bare', type: 'string' }

const fails = async call => {
  try {
    await call()
    return false
  } catch {
    return true
  }
}

export default (bootstrap, address) => {
  test('kafkajs registry client: registers, encodes, decodes, evolves, refuses what is incompatible', async () => {
    const registry = new SchemaRegistry({ host: address })
    const subject = fresh('s')
    const register = schema => registry.register({ type: SchemaType.AVRO, schema }, { subject, compatibility: COMPATIBILITY.FULL })
    const { id } = await register(record(amount))
    check((await register(record(amount))).id === id, 'the same schema has the same id')
    const bytes = await registry.encode(id, { amount: 30 })
    check((await registry.decode(bytes)).amount === 30, 'the value comes back')
    const second = await register(record(amount, note))
    check(second.id !== id && (await registry.getLatestSchemaId(subject)) === second.id, 'the second version is the latest')
    check(await fails(() => register(record(amount, bare))), 'a field without default is refused')
  })

  test('Confluent registry client: versions, compatibility, serdes, deletion', async () => {
    const client = new SchemaRegistryClient({ baseURLs: [address] })
    const topic = fresh('t')
    const subject = `${topic}-value`
    const id = await client.register(subject, { schemaType: 'AVRO', schema: record(amount) })
    check(id > 0 && (await client.getLatestSchemaMetadata(subject)).version === 1, 'the first version')
    await client.updateCompatibility(subject, 'BACKWARD')
    check(await client.testSubjectCompatibility(subject, { schemaType: 'AVRO', schema: record(amount, note) }), 'is compatible')
    check(!(await client.testSubjectCompatibility(subject, { schemaType: 'AVRO', schema: record(amount, bare) })), 'is not compatible')
    const serializer = new AvroSerializer(client, SerdeType.VALUE, { useLatestVersion: true })
    const bytes = await serializer.serialize(topic, { amount: 12 })
    check(bytes[0] === 0 && bytes.readInt32BE(1) === id, 'framed with the id')
    const value = await new AvroDeserializer(client, SerdeType.VALUE, {}).deserialize(topic, bytes)
    check(value.amount === 12, 'the value comes back')
    check((await client.getAllSubjects()).includes(subject), 'the subject is listed')
    await client.deleteSubject(subject, false)
    await client.deleteSubject(subject, true)
    check(!(await client.getAllSubjects()).includes(subject), 'the subject is gone')
  })
}
