using System.Collections.Concurrent;
using KafkaFlow.Avro;
using KafkaFlow.Serdes.Registry;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Serdes;

/// <summary>
/// Where the schemas of records are found and made known: the registry if there is one, and the schemas topic.
/// What was found is kept. Thread-safe.
/// </summary>
internal sealed class WriterSchemas(ISchemaStore store, SchemaRegistryClient? registry, ILogger logger)
{
    private const string Compatibility = "FULL_TRANSITIVE";
    private readonly ConcurrentDictionary<string, int> _ids = new();
    private readonly ConcurrentDictionary<ulong, bool> _published = new();
    private readonly ConcurrentDictionary<int, AvroSchema> _byId = new();
    private readonly Lock _gate = new();

    public AvroSchema? Find(ulong fingerprint) => store.Find(fingerprint);

    /// <returns>Why there is no schema, if there is none.</returns>
    public string? TryFind(int id, out AvroSchema? schema)
    {
        if (_byId.TryGetValue(id, out schema)) return null;
        if (registry is null)
            return $"it names schema id {id}, but no schema registry is configured (--registry)";
        if (registry.SchemaById(id) is not { } text)
            return $"it names schema id {id}, which the schema registry at {registry.Address} does not have";
        if (!AvroSchema.TryParse(text, out schema, out var error))
        {
            schema = null;
            return $"schema id {id} of the registry at {registry.Address} is no Avro schema: {error}";
        }
        _byId[id] = schema;
        return null;
    }

    public bool UsesRegistry => registry is not null;

    /// <summary>The registry's id for the schema of a topic, registered before its first use.</summary>
    public int IdFor(string topic, string schemaText) =>
        _ids.TryGetValue(topic, out var id) ? id : Register(registry!, topic, schemaText);

    /// <summary>Puts a schema on the schemas topic before its first use.</summary>
    public void EnsurePublished(AvroSchema schema, string schemaText)
    {
        if (_published.ContainsKey(schema.Fingerprint)) return;
        lock (_gate)
        {
            if (_published.ContainsKey(schema.Fingerprint)) return;
            store.Publish(schema, schemaText);
            _published[schema.Fingerprint] = true;
        }
    }

    private int Register(SchemaRegistryClient client, string topic, string schemaText)
    {
        lock (_gate)
        {
            if (_ids.TryGetValue(topic, out var known)) return known;
            var subject = $"{topic}-value";
            try
            {
                SetCompatibility(client, subject);
                var id = client.Register(subject, schemaText);
                Log.SchemaRegistered(logger, subject, id);
                return _ids[topic] = id;
            }
            catch (SchemaRegistryException e)
            {
                throw new SchemaUnavailableException(
                    $"the schema of {topic} cannot be registered as {subject}: {e.Message}", e);
            }
        }
    }

    private void SetCompatibility(SchemaRegistryClient client, string subject)
    {
        try
        {
            if (client.Compatibility(subject) is null) client.SetCompatibility(subject, Compatibility);
        }
        catch (SchemaRegistryException e)
        {
            // A registry may keep its settings to itself; the schemas are compatible whether it watches or not.
            Log.CompatibilityNotSet(logger, subject, e.Message);
        }
    }
}
