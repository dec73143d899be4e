namespace KafkaFlow.Playbooks;

/// <summary>Limits of a playbook's source. What exceeds one is an error, not a slow compile.</summary>
public static class PlaybookLimits
{
    /// <summary>UTF-8 bytes of a source.</summary>
    public const int MaxSourceBytes = 512 * 1024;
    /// <summary>Nesting of maps and lists.</summary>
    public const int MaxDepth = 64;
    /// <summary>Maps, lists and scalars, keys included.</summary>
    public const int MaxNodes = 100_000;
    public const int MaxSteps = 5_000;
    public const int MaxEdges = 20_000;
    /// <summary>Characters of <c>metadata.path</c>.</summary>
    public const int MaxPathLength = 200;
    /// <summary>The longest duration of a timeout or deadline: ten years.</summary>
    public const long MaxDurationMs = 10L * 366 * 24 * 3600 * 1000;
    /// <summary>Diagnostics kept of one source; the last one says that there were more.</summary>
    public const int MaxDiagnostics = 100;
}
