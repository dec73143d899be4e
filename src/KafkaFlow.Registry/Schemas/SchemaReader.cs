using System.Runtime.CompilerServices;
using KafkaFlow.Avro;
using KafkaFlow.Registry.Http;
using KafkaFlow.Registry.Subjects;

namespace KafkaFlow.Registry.Schemas;

/// <summary>A schema that was read, with its text in the one form that identity is decided by.</summary>
internal sealed record ParsedSchema(AvroSchema Schema, string Text, IReadOnlyList<Reference> References)
{
    public bool IsSameAs(Content content) => content.Identity == Content.IdentityOf(Text, References);
}

/// <summary>Reads schemas together with those they refer to. Keeps what it has read of registered ones.</summary>
internal sealed class SchemaReader(RegistryState state)
{
    private const int MaxReferenceDepth = 64;
    private const int MaxReferencedSchemas = 2_000;
    private readonly ConditionalWeakTable<Content, AvroSchema> _read = [];

    /// <returns>False with a refusal if the schema, or one it refers to, is not valid.</returns>
    public bool TryRead(SubmittedSchema submitted, out ParsedSchema parsed, out Answer? refusal)
    {
        parsed = null!;
        refusal = null;
        if (!TryParse(submitted.Text, submitted.References, out var schema, out var known, out var problem))
            refusal = Answer.InvalidSchema($"Invalid schema: {problem}");
        else
            parsed = new(schema, schema.ToJson(known), submitted.References);
        return refusal is null;
    }

    /// <returns>null with a problem if a schema on the topic cannot be read, as one that others wrote.</returns>
    public AvroSchema? Registered(Content content, out string? problem)
    {
        problem = null;
        if (_read.TryGetValue(content, out var known)) return known;
        if (!TryParse(content.Text, content.References, out var schema, out _, out problem)) return null;
        _read.AddOrUpdate(content, schema);
        return schema;
    }

    private bool TryParse(
        string text, IReadOnlyList<Reference> references, out AvroSchema schema, out List<AvroSchema> known,
        out string? problem)
    {
        schema = null!;
        known = [];
        problem = Gather(references, known, [], 0);
        if (problem is not null) return false;
        if (AvroSchema.TryParse(text, known, out schema, out var error)) return true;
        problem = error!.ToString();
        return false;
    }

    /// <summary>Reads what is referred to, what that refers to first; each version once.</summary>
    private string? Gather(
        IReadOnlyList<Reference> references, List<AvroSchema> known, HashSet<(string, int)> done, int depth)
    {
        if (depth > MaxReferenceDepth) return $"references nest deeper than {MaxReferenceDepth} levels";
        foreach (var reference in references)
        {
            if (!done.Add((reference.Subject, reference.Version))) continue;
            if (done.Count > MaxReferencedSchemas) return $"more than {MaxReferencedSchemas} schemas referred to";
            if (Find(reference) is not { } version)
                return $"no schema reference {reference.Subject} version {reference.Version}";
            if (Gather(version.Content.References, known, done, depth + 1) is { } inner) return inner;
            if (!AvroSchema.TryParse(version.Content.Text, known, out var schema, out var error))
                return $"schema reference {reference.Subject} version {reference.Version}: {error}";
            known.Add(schema);
        }
        return null;
    }

    private SchemaVersion? Find(Reference reference) => reference.Version == -1
        ? state.Versions(reference.Subject, deleted: true) is [.., var latest] ? latest : null
        : state.Version(reference.Subject, reference.Version);
}
