using System.Net;
using System.Net.Sockets;

namespace KafkaFlow.Doctor.Tests;

/// <summary>Each check of the machine, seen well and seen ill.</summary>
[Trait("tier", "fast")]
public sealed class LocalTests : IDisposable
{
    private readonly Patient _patient = new();

    public void Dispose() => _patient.Dispose();

    [Fact]
    public async Task The_runtime_must_be_new_enough()
    {
        await _patient.SeesAsync("dotnet", CheckStatus.Ok, Environment.Version.ToString());
        _patient.Surroundings = new() { Runtime = new(9, 0, 4) };
        await _patient.SeesAsync("dotnet", CheckStatus.Fail, "9.0.4", "https://dotnet.microsoft.com/download");
    }

    [Fact]
    public async Task The_native_libraries_must_be_there_and_new_enough()
    {
        await _patient.SeesAsync("librdkafka", CheckStatus.Ok, Kafka.KafkaNative.Version);
        await _patient.SeesAsync("librocksdb", CheckStatus.Ok, "found");
        _patient.Surroundings = new()
        {
            KafkaLibraryVersion = () => "1.9.2", LoadRocksDb = () => throw new DllNotFoundException("no librocksdb"),
        };
        await _patient.SeesAsync("librdkafka", CheckStatus.Fail, "1.9.2", "apt-get install -y librdkafka1");
        await _patient.SeesAsync("librocksdb", CheckStatus.Fail, "no librocksdb", "apt-get install -y librocksdb7.8");
        _patient.Surroundings = new() { KafkaLibraryVersion = () => throw new DllNotFoundException("no librdkafka") };
        await _patient.SeesAsync("librdkafka", CheckStatus.Fail, "no librdkafka", "apt-get install -y librdkafka1");
        _patient.Surroundings = new() { KafkaLibraryVersion = () => "2.10.0-RC1" };
        await _patient.SeesAsync("librdkafka", CheckStatus.Ok, "2.10.0-RC1");
    }

    [Fact]
    public async Task Postgres_binaries_are_found_where_the_product_finds_them()
    {
        var versions = _patient.DirectoryAt("postgresql");
        _patient.Surroundings = new() { PostgresVersions = versions };
        _patient.Environment(("PATH", "/nowhere"));
        await _patient.SeesAsync("postgres_binaries", CheckStatus.Warn, "none in", "apt-get install -y postgresql");
        foreach (var version in new[] { "9", "15" })
            foreach (var program in new[] { "initdb", "postgres" }) _patient.Program(program, "", $"postgresql/{version}/bin");
        await _patient.SeesAsync("postgres_binaries", CheckStatus.Ok, $"{versions}/15/bin");
        _patient.Environment(("PG_BIN", $"{versions}/9/bin"));
        await _patient.SeesAsync("postgres_binaries", CheckStatus.Ok, $"{versions}/9/bin");
        _patient.Environment(("PG_BIN", "/nowhere"));
        await _patient.SeesAsync("postgres_binaries", CheckStatus.Fail, "PG_BIN=/nowhere has no initdb", "set PG_BIN");
        _patient.Surroundings = _patient.Surroundings with { PostgresVersions = "/nowhere" };
        _patient.Environment(("PATH", $"/nowhere:{versions}/9/bin"));
        await _patient.SeesAsync("postgres_binaries", CheckStatus.Ok, $"{versions}/9/bin");
    }

    [Theory]
    [InlineData("python3", "KAFKAFLOW_PYTHON", CheckStatus.Fail)]
    [InlineData("node", "KAFKAFLOW_NODE", CheckStatus.Warn)]
    public async Task Script_interpreters_must_run(string name, string variable, CheckStatus missing)
    {
        _patient.Environment((variable, "/nowhere/interpreter"));
        await _patient.SeesAsync(name, missing, "/nowhere/interpreter is not there", $"or set {variable}");
        _patient.Environment((variable, _patient.Program("broken", "echo broken >&2; exit 3")));
        await _patient.SeesAsync(name, missing, "ended with 3: broken", $"or set {variable}");
        _patient.Environment((variable, _patient.FileAt("text", "no program")));
        await _patient.SeesAsync(name, missing, "does not run", $"or set {variable}");
        _patient.Environment((variable, _patient.Program("good", "echo Interpreter 9.1")));
        await _patient.SeesAsync(name, CheckStatus.Ok, "Interpreter 9.1");
        _patient.Options = _patient.Options with { Timeout = TimeSpan.FromSeconds(1) };
        _patient.Environment((variable, _patient.Program("slow", "exec sleep 60")));
        await _patient.SeesAsync(name, CheckStatus.Fail, "no answer within 1 s", $"or set {variable}");
    }

    [Theory]
    [InlineData("kcat", "apt-get install -y kcat")]
    [InlineData("psql", "apt-get install -y postgresql-client")]
    public async Task Tools_to_look_with_are_only_missed(string name, string fix)
    {
        _patient.Environment(("PATH", "/nowhere"));
        await _patient.SeesAsync(name, CheckStatus.Warn, "not on PATH", fix);
        var tool = _patient.Program(name, "echo tool 1.7");
        _patient.Environment(("PATH", $"/nowhere:{Path.GetDirectoryName(tool)}"));
        await _patient.SeesAsync(name, CheckStatus.Ok, "tool 1.7");
        _patient.Program(name, "exit 1");
        await _patient.SeesAsync(name, CheckStatus.Warn, "ended with 1", fix);
    }

    [Fact]
    public async Task The_data_directory_must_be_writable_and_have_room()
    {
        await _patient.SeesAsync("data_directory", CheckStatus.Ok, "can be made");
        await _patient.SeesAsync("disk_space", CheckStatus.Ok, "MiB free");
        Directory.CreateDirectory(_patient.Options.DataDirectory);
        await _patient.SeesAsync("data_directory", CheckStatus.Ok, _patient.Options.DataDirectory);
        Assert.Empty(Directory.GetFileSystemEntries(_patient.Options.DataDirectory));
        _patient.Surroundings = new() { FreeBytes = _ => 700L << 20 };
        await _patient.SeesAsync("disk_space", CheckStatus.Fail, "700 MiB free", "--data DIR");
        // Nobody, not even root, makes files there.
        _patient.Options = _patient.Options with { DataDirectory = "/proc/kafkaflow" };
        await _patient.SeesAsync("data_directory", CheckStatus.Fail, "/proc cannot be written", "--data DIR");
    }

    [Fact]
    public async Task A_directory_that_somebody_else_holds_is_told()
    {
        await _patient.SeesAsync("instance", CheckStatus.Ok, "no instance runs");
        var json = _patient.FileAt("data/instance.json", """{"pid":999999999,"bootstrap":"127.0.0.1:1"}""");
        await _patient.SeesAsync("instance", CheckStatus.Warn, "999999999, which is gone", $"rm {json}");
        var lockFile = _patient.FileAt("data/instance.lock", "");
        using (new FileStream(lockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            await _patient.SeesAsync("instance", CheckStatus.Fail, "locked by another process", $"fuser -v {lockFile}");
            File.WriteAllText(json, $$"""{"pid":{{Environment.ProcessId}},"bootstrap":"127.0.0.1:1"}""");
            await _patient.SeesAsync("instance", CheckStatus.Ok, $"process {Environment.ProcessId}");
        }
        await _patient.SeesAsync("instance", CheckStatus.Warn, "does not hold the lock", "ps -p");
        File.WriteAllText(json, "{torn");
        await _patient.SeesAsync("instance", CheckStatus.Ok, "no instance runs");
    }

    [Fact]
    public async Task Default_ports_must_be_free_or_our_own()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;
        _patient.Options = _patient.Options with { DefaultPorts = new Dictionary<int, string> { [port] = "--some-port" } };
        var held = await _patient.SeesAsync($"port_{port}", CheckStatus.Fail, "held by", "kafkaflow dev --some-port 0");
        Assert.Contains($"process {Environment.ProcessId}", held.Found, StringComparison.Ordinal);
        _patient.UseKafka("127.0.0.1:1");
        await _patient.SeesAsync($"port_{port}", CheckStatus.Warn, "held by", "--some-port 0");
        _patient.Options = _patient.Options with { Kafka = null };
        foreach (var address in new[] { $"127.0.0.1:{port}", $"http://127.0.0.1:{port}", $"postgresql://u@127.0.0.1:{port}/d" })
        {
            _patient.FileAt("data/instance.json", $$"""{"pid":{{Environment.ProcessId}},"bootstrap":"{{address}}"}""");
            await _patient.SeesAsync($"port_{port}", CheckStatus.Ok, "held by this directory's instance");
        }
        holder.Stop();
        await _patient.SeesAsync($"port_{port}", CheckStatus.Ok, "free");
    }

    [Theory]
    [InlineData(256L, CheckStatus.Fail)]
    [InlineData(2_048L, CheckStatus.Warn)]
    [InlineData(4_096L, CheckStatus.Ok)]
    [InlineData(null, CheckStatus.Skipped)]
    public async Task Enough_files_must_be_allowed_open(long? limit, CheckStatus status)
    {
        _patient.Surroundings = new() { OpenFileLimit = () => limit };
        await _patient.SeesAsync("open_files", status, limit?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "", "ulimit -n 65536");
        Assert.True(new Surroundings().OpenFileLimit() > 0);
    }
}
