using KafkaFlow.Cli.Output;

namespace KafkaFlow.Cli.Local;

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
