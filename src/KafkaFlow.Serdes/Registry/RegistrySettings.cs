namespace KafkaFlow.Serdes.Registry;

/// <summary>How to reach a schema registry with Confluent's REST API.</summary>
public sealed record RegistrySettings
{
    /// <summary>http or https, with a path if the API has one (<c>/apis/ccompat/v7</c>).</summary>
    public required Uri Address { get; init; }

    /// <summary><c>user:password</c> for basic authentication.</summary>
    public string? Auth { get; init; }

    /// <summary>PEM file with the certificates to trust instead of the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>For one request.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests until a registry counts as down.</summary>
    public int MaxAttempts { get; init; } = 4;

    /// <summary>Before the second attempt; doubles with each further one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <exception cref="ArgumentException">Lists what is wrong.</exception>
    public static RegistrySettings Parse(string address, string? auth = null, string? caFile = null)
    {
        var problems = new List<string>();
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            problems.Add($"--registry '{address}': expected http://HOST:PORT or https://HOST:PORT");
        if (!string.IsNullOrEmpty(auth) && !auth.Contains(':', StringComparison.Ordinal))
            problems.Add("KAFKAFLOW_REGISTRY_AUTH: expected user:password, found no ':'");
        if (!string.IsNullOrEmpty(caFile) && !File.Exists(caFile))
            problems.Add($"KAFKAFLOW_REGISTRY_CA: no file {caFile}");
        if (problems.Count > 0) throw new ArgumentException(string.Join('\n', problems));
        return new RegistrySettings
        {
            Address = uri!,
            Auth = string.IsNullOrEmpty(auth) ? null : auth,
            CaFile = string.IsNullOrEmpty(caFile) ? null : caFile,
        };
    }

    /// <summary>Without the password.</summary>
    public override string ToString() => $"{Address}{(Auth is null ? "" : $" user {Auth.Split(':')[0]}")}";
}
