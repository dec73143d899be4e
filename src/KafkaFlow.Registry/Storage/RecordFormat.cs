using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaFlow.Registry.Subjects;

namespace KafkaFlow.Registry.Storage;

/// <summary>
/// Keys and values of the topic as Confluent Schema Registry writes them, JSON both. Its NOOP record has no value;
/// ours carries the highest id given, which its readers pass over.
/// </summary>
internal static class RecordFormat
{
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static (byte[] Key, byte[]? Value) Encode(RegistryRecord record) => record switch
    {
        SchemaRecord s => (SchemaKey(s.Subject, s.Version), Bytes(Schema(s))),
        SchemaRemoved s => (SchemaKey(s.Subject, s.Version), null),
        SubjectDeleted s => (
            Key("DELETE_SUBJECT", s.Subject),
            Bytes(new JsonObject { ["subject"] = s.Subject, ["version"] = s.Version })),
        LevelSet s => (
            Key("CONFIG", s.Subject),
            s.Level is null ? null : Bytes(new JsonObject { ["compatibilityLevel"] = s.Level })),
        ModeSet s => (Key("MODE", s.Subject), s.Mode is null ? null : Bytes(new JsonObject { ["mode"] = s.Mode })),
        HighestId h => (
            Bytes(new JsonObject { ["keytype"] = "NOOP", ["magic"] = 0 }),
            Bytes(new JsonObject { ["highestId"] = h.Id })),
        _ => throw new InvalidOperationException($"no registry record {record}"),
    };

    /// <returns>False with a reason, for a record that is none of ours; null in <paramref name="record"/> with true
    /// for one that says nothing.</returns>
    public static bool TryDecode(byte[]? key, byte[]? value, out RegistryRecord? record, out string? problem)
    {
        record = null;
        problem = null;
        try
        {
            var head = JsonNode.Parse(key)?.AsObject() ?? throw new FormatException("its key is empty");
            var body = value is null ? null : JsonNode.Parse(value)?.AsObject();
            record = Decode(head, body);
            return true;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException
            or ArgumentException or OverflowException)
        {
            problem = e.Message;
            return false;
        }
    }

    private static RegistryRecord? Decode(JsonObject key, JsonObject? value)
    {
        var subject = (string?)key["subject"] ?? RegistryState.Global;
        switch ((string?)key["keytype"])
        {
            case "SCHEMA":
                var version = Number(key, "version");
                return value is null ? new SchemaRemoved(subject, version) : Schema(subject, version, value);
            case "DELETE_SUBJECT":
                return value is null ? null : new SubjectDeleted(subject, Number(value, "version"));
            case "CONFIG":
                return new LevelSet(subject, (string?)value?["compatibilityLevel"]);
            case "MODE":
                return new ModeSet(subject, (string?)value?["mode"]);
            case "NOOP":
                return value?["highestId"] is null ? null : new HighestId(Number(value, "highestId"));
            case var other:
                throw new FormatException(
                    $"keytype: expected SCHEMA, DELETE_SUBJECT, CONFIG, MODE or NOOP, found {other}");
        }
    }

    private static SchemaRecord Schema(string subject, int version, JsonObject value)
    {
        if ((string?)value["schemaType"] is { } type and not "AVRO")
            throw new FormatException($"schemaType: expected AVRO, found {type}");
        return new(
            subject, version, Number(value, "id"), Text(value, "schema"),
            [.. (value["references"]?.AsArray() ?? []).Select(r => new Reference(
                Text(r!.AsObject(), "name"), Text(r.AsObject(), "subject"), Number(r.AsObject(), "version")))],
            (bool?)value["deleted"] ?? false);
    }

    private static JsonObject Schema(SchemaRecord record)
    {
        var value = new JsonObject { ["subject"] = record.Subject, ["version"] = record.Version, ["id"] = record.Id };
        if (record.References.Count > 0) value["references"] = References(record.References);
        value["schema"] = record.Schema;
        value["deleted"] = record.IsDeleted;
        return value;
    }

    public static JsonArray References(IReadOnlyList<Reference> references) => [.. references.Select(r =>
        new JsonObject { ["name"] = r.Name, ["subject"] = r.Subject, ["version"] = r.Version })];

    public static byte[] Bytes(JsonNode json) => JsonSerializer.SerializeToUtf8Bytes(json, Plain);

    private static byte[] SchemaKey(string subject, int version) => Bytes(new JsonObject
    {
        ["keytype"] = "SCHEMA", ["subject"] = subject, ["version"] = version, ["magic"] = 1,
    });

    private static byte[] Key(string type, string subject) => Bytes(new JsonObject
    {
        ["keytype"] = type, ["subject"] = subject == RegistryState.Global ? null : subject, ["magic"] = 0,
    });

    private static int Number(JsonObject json, string name) =>
        (int?)json[name] ?? throw new FormatException($"{name}: expected a number, found nothing");

    private static string Text(JsonObject json, string name) =>
        (string?)json[name] ?? throw new FormatException($"{name}: expected text, found nothing");
}
