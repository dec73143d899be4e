using System.Collections.ObjectModel;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KafkaFlow.Avro.Parsing;

namespace KafkaFlow.Avro;

/// <summary>A parsed schema; immutable and safe to share between threads.</summary>
public abstract class AvroSchema
{
    private Identity? _identity;
    private SchemaResolution? _own;

    private protected AvroSchema(AvroType type, AvroName? name = null)
    {
        Type = type;
        Name = name;
    }

    public AvroType Type { get; }

    /// <summary>Of a record, enum or fixed; null for every other type.</summary>
    public AvroName? Name { get; }

    /// <summary>Other full names under which a reader finds this type in a writer's schema.</summary>
    public IReadOnlyList<AvroName> Aliases { get; internal init; } = [];

    public string? Doc { get; internal init; }

    public LogicalType? Logical { get; internal init; }

    /// <summary>
    /// Attributes without meaning to the encoding, as written; those of logical types are among them.
    /// </summary>
    public IReadOnlyDictionary<string, JsonElement> Attributes { get; internal init; } =
        ReadOnlyDictionary<string, JsonElement>.Empty;

    /// <summary>Parsing canonical form: two schemas with the same one read the same bytes.</summary>
    public string CanonicalForm => Own.Canonical;

    /// <summary>CRC-64-AVRO (Rabin) of the canonical form.</summary>
    public ulong Fingerprint => Own.Rabin;

    private Identity Own => _identity ??= Identity.Of(this);

    /// <summary>The plan that reads data of this schema as this schema.</summary>
    internal SchemaResolution Reading => _own ??= SchemaResolution.Same(this);

    public byte[] Sha256Fingerprint() => SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalForm));

    // MD5 is one of the three fingerprints the specification names; nothing here relies on it against an attacker.
#pragma warning disable CA5351
    public byte[] Md5Fingerprint() => MD5.HashData(Encoding.UTF8.GetBytes(CanonicalForm));
#pragma warning restore CA5351

    /// <summary>Reads the JSON text of a schema.</summary>
    /// <returns>False, with the place and the reason, if the text is no valid schema; it never throws for it.</returns>
    public static bool TryParse(string json, out AvroSchema schema, out AvroError? error) =>
        SchemaParser.TryParse(json, [], out schema, out error);

    /// <summary>Reads a schema that may name types which other schemas define.</summary>
    /// <param name="known">Those schemas; a type of theirs must not be defined again.</param>
    public static bool TryParse(
        string json, IEnumerable<AvroSchema> known, out AvroSchema schema, out AvroError? error) =>
        SchemaParser.TryParse(json, known, out schema, out error);

    /// <summary>Reads the UTF-8 JSON text of a schema.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8Json, out AvroSchema schema, out AvroError? error) =>
        SchemaParser.TryParse(utf8Json, [], out schema, out error);

    /// <summary>For schemas of one's own source code.</summary>
    /// <exception cref="FormatException">The text is no valid schema.</exception>
    public static AvroSchema Parse(string json) =>
        TryParse(json, out AvroSchema schema, out AvroError? error)
            ? schema
            : throw new FormatException($"no valid Avro schema: {error}");

    /// <summary>
    /// JSON text with all attributes and without formatting, as Apache Avro for Java prints it. Unlike
    /// <see cref="CanonicalForm"/> it keeps documentation, defaults, aliases and attributes.
    /// </summary>
    /// <param name="known">Types of these schemas are not written out but named.</param>
    public string ToJson(params IEnumerable<AvroSchema> known) => SchemaText.Of(this, known);

    /// <summary>The type's name for messages: its full name, a union's branches, or the type.</summary>
    public override string ToString() => this is UnionSchema union
        ? $"[{string.Join(", ", union.Branches)}]"
        : Name?.Full ?? TypeName(Type);

    internal static string TypeName(AvroType type) => type switch
    {
        AvroType.Null => "null",
        AvroType.Boolean => "boolean",
        AvroType.Int => "int",
        AvroType.Long => "long",
        AvroType.Float => "float",
        AvroType.Double => "double",
        AvroType.Bytes => "bytes",
        AvroType.String => "string",
        AvroType.Record => "record",
        AvroType.Enum => "enum",
        AvroType.Array => "array",
        AvroType.Map => "map",
        AvroType.Union => "union",
        AvroType.Fixed => "fixed",
        _ => throw new InvalidOperationException($"no Avro type {type}"),
    };

    private sealed record Identity(string Canonical, ulong Rabin)
    {
        public static Identity Of(AvroSchema schema)
        {
            string canonical = Parsing.CanonicalForm.Of(schema);
            return new Identity(canonical, RabinFingerprint.Of(Encoding.UTF8.GetBytes(canonical)));
        }
    }
}
