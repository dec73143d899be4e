namespace KafkaFlow.Contracts;

/// <summary>
/// A record of <c>playbooks</c>: one registered version, immutable. Mirrors <c>schemas/Playbook.avsc</c>.
/// Key <c>PATH@VERSION#HASH</c>; for one <c>path@version</c> the lowest offset wins.
/// </summary>
public sealed record PlaybookRecord
{
    public required string Path { get; init; }
    public required int Version { get; init; }
    /// <summary>SHA-256 of <see cref="Source"/>'s UTF-8 bytes, lower-case hex.</summary>
    public required string ContentHash { get; init; }
    public required string Kind { get; init; }
    public required string Source { get; init; }
    public required Timestamp CreatedAt { get; init; }
    public string? CreatedBy { get; init; }

    public string Key => $"{Path}@{Version}#{ContentHash}";
}
