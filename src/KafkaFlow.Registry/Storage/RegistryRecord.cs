using KafkaFlow.Registry.Subjects;

namespace KafkaFlow.Registry.Storage;

/// <summary>One record of the topic: the closed list of what changes a registry.</summary>
internal abstract record RegistryRecord;

internal sealed record SchemaRecord(
    string Subject, int Version, int Id, string Schema, IReadOnlyList<Reference> References, bool IsDeleted)
    : RegistryRecord;

/// <summary>A version that is gone for good: a tombstone of its key.</summary>
internal sealed record SchemaRemoved(string Subject, int Version) : RegistryRecord;

/// <summary>All versions of a subject up to this one are soft-deleted.</summary>
internal sealed record SubjectDeleted(string Subject, int Version) : RegistryRecord;

/// <param name="Subject">Empty for all subjects.</param>
/// <param name="Level">null: removed.</param>
internal sealed record LevelSet(string Subject, string? Level) : RegistryRecord;

/// <param name="Subject">Empty for all subjects.</param>
/// <param name="Mode">null: removed.</param>
internal sealed record ModeSet(string Subject, string? Mode) : RegistryRecord;

/// <summary>The highest id given so far, written before a schema is removed for good.</summary>
internal sealed record HighestId(int Id) : RegistryRecord;
