//! The certificates of the test servers, and TLS for those that the tests are themselves.

use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};

/// A certificate and its key, both PEM.
pub struct Certificate {
    pub chain: String,
    pub key: String,
}

/// Who signs certificates.
pub struct Authority {
    /// Its own certificate, PEM.
    pub root: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Authority { root, issuer }
    }

    /// Makes the certificate of a server on loopback.
    pub fn server(&self) -> Certificate {
        self.sign(CertificateParams::new(["127.0.0.1".to_owned()]).unwrap())
    }

    /// Makes the certificate of a user in a group.
    pub fn client(&self, name: &str, group: &str) -> Certificate {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params
            .distinguished_name
            .push(DnType::OrganizationName, group);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Certificate {
        let key = KeyPair::generate().unwrap();
        let chain = params.signed_by(&key, &self.issuer).unwrap().pem();
        let key = key.serialize_pem();
        Certificate { chain, key }
    }
}

/// A connection to somebody who trusts us.
pub type ServerStream = StreamOwned<ServerConnection, TcpStream>;
/// A connection to somebody whom we trust.
pub type ClientStream = StreamOwned<ClientConnection, TcpStream>;

/// Both sides of TLS, with the certificates in the folder of a server: HTTP/1.1 only.
pub struct Tls {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl Tls {
    /// Reads `server.pem`, `server.key` and `ca.pem`.
    pub fn new(folder: &Path) -> Self {
        let chain = CertificateDer::pem_file_iter(folder.join("server.pem")).unwrap();
        let chain: Vec<_> = chain.map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
        let server = ServerConfig::builder_with_provider(default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key);
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_file(folder.join("ca.pem")).unwrap();
        roots.add(root).unwrap();
        let client = ClientConfig::builder_with_provider(default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Tls {
            server: Arc::new(server.unwrap()),
            client: Arc::new(client),
        }
    }

    /// Takes a connection; the handshake is with the first byte.
    pub fn accept(&self, stream: TcpStream) -> ServerStream {
        let connection = ServerConnection::new(self.server.clone()).unwrap();
        StreamOwned::new(connection, stream)
    }

    /// Connects to a host and port on loopback.
    pub fn connect(&self, address: &str) -> std::io::Result<ClientStream> {
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let connection = ClientConnection::new(self.client.clone(), name).unwrap();
        Ok(StreamOwned::new(connection, TcpStream::connect(address)?))
    }
}
