using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KafkaFlow.Cli.Output;

namespace KafkaFlow.Cli.Local;

/// <summary>
/// A name for a member of a consumer group that a process started again in the same data directory gets again, also
/// after kill -9, so that the group gives it its partitions back at once. Held by a locked file; a second process of
/// the same directory gets the next number.
/// </summary>
internal sealed class InstanceSeat : IDisposable
{
    private const int MaxSeats = 64;
    private readonly FileStream _file;

    private InstanceSeat(FileStream file, string name) => (_file, Name) = (file, name);

    public string Name { get; }

    /// <exception cref="CliException">All seats of the directory are taken.</exception>
    public static InstanceSeat Take(string dataDirectory, string role)
    {
        Directory.CreateDirectory(dataDirectory);
        var place = Encoding.UTF8.GetBytes($"{Environment.MachineName}:{dataDirectory}");
        var hash = Convert.ToHexStringLower(SHA256.HashData(place))[..12];
        for (var number = 0; number < MaxSeats; number++)
            if (TryLock(Path.Combine(dataDirectory, $"{role}-{number}.lock")) is { } file)
                return new InstanceSeat(file, string.Create(CultureInfo.InvariantCulture, $"{role}-{hash}-{number}"));
        throw CliException.Unavailable(
            $"{MaxSeats} processes of role {role} run in {dataDirectory}", "choose another directory with --data DIR");
    }

    public void Dispose() => _file.Dispose();

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>A directory of this process's own, removed with all that is in it.</summary>
internal sealed class ScratchDirectory(string purpose) : IDisposable
{
    public string FullPath { get; } = Directory.CreateTempSubdirectory($"kafkaflow-{purpose}-").FullName;

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}

/// <summary>Keeps a second instance out of a data directory. Released when the process ends, however it ends.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <exception cref="CliException">Another process holds it.</exception>
    public static DirectoryLock Take(string directory)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, "instance.lock");
        try
        {
            return new DirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            throw CliException.Unavailable(
                $"another instance runs in {directory}",
                    "use its addresses, stop it, or choose another with --data DIR");
        }
    }

    public void Dispose() => _file.Dispose();
}
