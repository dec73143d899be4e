namespace KafkaFlow.Testing;

/// <summary>Where the repository, outside data and tools are. What is absent makes a test say so and skip.</summary>
public static class TestEnvironment
{
    private static readonly Lazy<string> Root = new(FindRoot);

    public static string RepositoryRoot => Root.Value;

    /// <summary>Directory of data and servers that are not part of the project (<c>KAFKAFLOW_SHARED</c>).</summary>
    public static string Shared =>
        Environment.GetEnvironmentVariable("KAFKAFLOW_SHARED") is { Length: > 0 } named
            ? named
            : Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared"));

    public static string? KafkaHome =>
        Environment.GetEnvironmentVariable("KAFKA_HOME") is { Length: > 0 } named
            ? named
            : Directory.Exists(Path.Combine(Shared, "kafka")) ? Path.Combine(Shared, "kafka") : null;

    /// <summary>This run is about the Kafka of <see cref="KafkaHome"/>, not about the embedded broker.</summary>
    public static bool IsOnKafka => Environment.GetEnvironmentVariable("KAFKAFLOW_TEST_BROKER") == "kafka";

    /// <summary>The command line: as users have it where <c>./test</c> names it, else as it was built with the tests.</summary>
    public static string Program =>
        Environment.GetEnvironmentVariable("KAFKAFLOW_PROGRAM") is { Length: > 0 } named
            ? named
            : Path.Combine(
                RepositoryRoot, "artifacts", "bin", "KafkaFlow.Cli",
                Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)), "kafkaflow");

    /// <returns>The path, or skips the test if there is no such file or directory.</returns>
    public static string RequireShared(string relativePath)
    {
        var path = Path.Combine(Shared, relativePath);
        if (!Path.Exists(path)) Assert.Skip($"not run: {relativePath} is absent in KAFKAFLOW_SHARED ({Shared})");
        return path;
    }

    /// <summary>A new private directory that is removed with the returned owner.</summary>
    public static TemporaryDirectory NewDirectory(string purpose) => new(purpose);

    private static string FindRoot()
    {
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d is not null; d = d.Parent)
            if (File.Exists(Path.Combine(d.FullName, "KafkaFlow.sln"))) return d.FullName;
        throw new InvalidOperationException($"no KafkaFlow.sln above {AppContext.BaseDirectory}");
    }
}

/// <summary>A directory of a test's own.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory(string purpose)
    {
        FullPath = Directory.CreateTempSubdirectory($"kafkaflow-{purpose}-").FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(FullPath, (UnixFileMode)0b111_101_101);
    }

    public string FullPath { get; }

    public string PathOf(string name) => Path.Combine(FullPath, name);

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
