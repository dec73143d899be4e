using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaFlow.LocalServers;

namespace KafkaFlow.Doctor.Local;

/// <summary>Who uses a data directory, by its <c>instance.json</c>.</summary>
internal sealed record RunningInstance(int Pid, bool IsAlive, IReadOnlyCollection<int> Ports)
{
    /// <returns>null if no instance has left its addresses there, or they cannot be read.</returns>
    public static RunningInstance? Of(string dataDirectory)
    {
        var file = Path.Combine(dataDirectory, "instance.json");
        if (!File.Exists(file)) return null;
        try
        {
            var json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
            var pid = (int)json["pid"]!;
            return new(pid, ChildProcess.IsRunning(pid), [.. json.Select(p => PortOf(p.Value)).OfType<int>()]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException
            or IOException or UnauthorizedAccessException or FormatException)
        {
            return null; // torn by a crash, or somebody else's: as if absent
        }
    }

    private static int? PortOf(JsonNode? address)
    {
        if (address is not JsonValue value || !value.TryGetValue(out string? text)) return null;
        var host = text.Contains("://", StringComparison.Ordinal) ? text : $"tcp://{text.Split(',')[0]}";
        return Uri.TryCreate(host, UriKind.Absolute, out var uri) && uri.Port > 0 ? uri.Port : null;
    }
}

/// <summary>The data directory: may be written, has room, and is nobody else's.</summary>
internal static class DataDirectory
{
    private const long MiB = 1L << 20;
    private const long MinFreeBytes = 1024 * MiB;

    public static IEnumerable<Check> Checks(DoctorOptions options)
    {
        var directory = options.DataDirectory;
        return
        [
            Check.Blocking("data_directory", Choose(directory), () => Writable(directory)),
            Check.Blocking("disk_space", Choose(directory), () => Space(options)),
            Check.Blocking("instance", Choose(directory), () => Instance(directory)),
        ];
    }

    private static string Choose(string directory) => $"choose another directory than {directory} with --data DIR";

    /// <summary>A file is made and removed; if the directory is not there yet, in the one that would hold it.</summary>
    private static Finding Writable(string directory)
    {
        var existing = Existing(directory);
        var probe = Path.Combine(existing, $".kafkaflow-doctor-{Guid.NewGuid():N}");
        try
        {
            using var file = new FileStream(
                probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return Finding.Ok(existing == directory ? directory : $"{directory} can be made");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Fail(
                $"{existing} cannot be written: {e.Message}", "a directory that this user can write",
                $"chown -R $(id -u) {existing}, or {Choose(directory)}");
        }
    }

    private static Finding Space(DoctorOptions options)
    {
        var existing = Existing(options.DataDirectory);
        var free = options.Surroundings.FreeBytes(existing);
        var found = $"{free / MiB} MiB free at {existing}";
        var expected = $">= {MinFreeBytes / MiB} MiB";
        return free >= MinFreeBytes
            ? Finding.Ok(found, expected)
            : Finding.Fail(found, expected, $"make room (df -h {existing}), or {Choose(options.DataDirectory)}");
    }

    private static Finding Instance(string directory)
    {
        var instance = RunningInstance.Of(directory);
        var file = Path.Combine(directory, "instance.json");
        var lockFile = Path.Combine(directory, "instance.lock");
        var isLocked = IsLocked(lockFile);
        const string expected = "free, or held by the instance that instance.json names";
        return (instance, isLocked) switch
        {
            ({ IsAlive: true }, true) => Finding.Ok($"an instance runs: process {instance.Pid}"),
            (null, false) => Finding.Ok("no instance runs"),
            ({ IsAlive: false }, false) => Finding.Warn(
                $"instance.json is of process {instance.Pid}, which is gone; it is ignored", expected,
                $"rm {file}"),
            ({ IsAlive: true }, false) => Finding.Warn(
                $"instance.json names process {instance.Pid}, which does not hold the lock", expected,
                $"see what it is (ps -p {instance.Pid}); if it is no kafkaflow: rm {file}"),
            (_, true) => Finding.Fail(
                "locked by another process, which is not the one that instance.json names", expected,
                $"find it (fuser -v {lockFile}) and stop it, or {Choose(directory)}"),
        };
    }

    /// <summary>A shared lock is asked for, for a moment, so that two doctors do not see each other.</summary>
    private static bool IsLocked(string file)
    {
        if (!File.Exists(file)) return false;
        try
        {
            using var probe = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static string Existing(string directory)
    {
        var at = directory;
        while (!Directory.Exists(at)) at = Path.GetDirectoryName(at) ?? "/";
        return at;
    }
}
