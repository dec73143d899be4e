using KafkaFlow.Broker;
using KafkaFlow.Kafka;
using KafkaFlow.Testing;

[assembly: AssemblyFixture(typeof(KafkaCluster))]
[assembly: AssemblyFixture(typeof(PostgresCluster))]

namespace KafkaFlow.Doctor.Tests;

/// <summary>A data directory and surroundings of one test, examined as often as it likes.</summary>
internal sealed class Patient : IDisposable
{
    private readonly TemporaryDirectory _directory = TestEnvironment.NewDirectory("doctor");

    public Patient() => Options = new()
    {
        DataDirectory = Path.Combine(_directory.FullPath, "data"),
        DefaultPorts = new Dictionary<int, string>(),
        Timeout = TimeSpan.FromSeconds(20),
    };

    public DoctorOptions Options { get; set; }

    public Surroundings Surroundings
    {
        get => Options.Surroundings;
        set => Options = Options with { Surroundings = value };
    }

    /// <summary>Variables of the environment; all others are not set.</summary>
    public void Environment(params (string Name, string Value)[] variables) => Surroundings = Surroundings with
    {
        Variable = name => Array.Find(variables, v => v.Name == name).Value,
    };

    public void UseKafka(string bootstrap) =>
        Options = Options with { Kafka = new KafkaSettings { Bootstrap = bootstrap } };

    /// <summary>A shell script that is a program of this name.</summary>
    public string Program(string name, string script, string directory = "bin")
    {
        var path = FileAt(Path.Combine(directory, name), $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public string FileAt(string relative, string text)
    {
        var path = _directory.PathOf(relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public string DirectoryAt(string relative) => Directory.CreateDirectory(_directory.PathOf(relative)).FullName;

    public async Task<CheckResult> CheckAsync(string name) =>
        (await Examination.RunAsync(Options)).Checks.Single(check => check.Name == name);

    /// <summary>The check has this status; a bad one says what mends it.</summary>
    public async Task<CheckResult> SeesAsync(string name, CheckStatus status, string found, string? fix = null)
    {
        var check = await CheckAsync(name);
        Assert.True(check.Status == status, $"expected {status}: {check}");
        Assert.Contains(found, check.Found, StringComparison.Ordinal);
        if (status is CheckStatus.Warn or CheckStatus.Fail) Assert.Contains(fix!, check.Fix, StringComparison.Ordinal);
        return check;
    }

    public void Dispose() => _directory.Dispose();
}

/// <summary>A broker in memory of one test's own.</summary>
internal static class Brokers
{
    public static Task<EmbeddedBroker> StartAsync(TimeProvider? clock = null) =>
        EmbeddedBroker.StartAsync(new() { Clock = clock ?? TimeProvider.System });
}
