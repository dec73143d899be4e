using System.Text.Json;

namespace KafkaFlow.Registry.Subjects;

/// <summary>A named type's definition elsewhere: version <paramref name="Version"/> of a subject.</summary>
/// <param name="Name">Full name of the type, as its user calls it.</param>
internal sealed record Reference(string Name, string Subject, int Version);

/// <summary>One registered schema. Two registrations are of one schema if text and references are equal.</summary>
/// <param name="Text">JSON with all attributes and without formatting.</param>
internal sealed record Content(int Id, string Text, IReadOnlyList<Reference> References)
{
    public string Identity => IdentityOf(Text, References);

    public static string IdentityOf(string text, IReadOnlyList<Reference> references) => references.Count == 0
        ? text
        : $"{text}\n{JsonSerializer.Serialize(references)}";
}

/// <summary>A numbered schema of a subject; soft-deleted ones are still there for who asks for them.</summary>
internal sealed record SchemaVersion(string Subject, int Number, Content Content, bool IsDeleted);
